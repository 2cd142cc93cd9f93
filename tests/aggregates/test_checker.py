"""The brute-force checker finds known attacks, and only those."""

from fractions import Fraction

from meterkeep.aggregates.checker import Row, smallest_derivable_group, tightest_share


def rows(*sets, load=1):
    return [Row(frozenset((name, 0) for name in names), load * len(names)) for names in sets]


def loads(*sets, load=1):
    return {(name, 0): load for names in sets for name in names}


def test_a_difference_of_one_customer_is_found():
    assert smallest_derivable_group(rows("abcdef", "abcde"), below=6) == 1


def test_disjoint_groups_give_nothing_smaller_than_the_smallest():
    assert smallest_derivable_group(rows("abcd", "efg"), below=3) is None
    assert smallest_derivable_group(rows("abcd", "efg"), below=4) == 3


def test_an_attack_that_takes_three_figures_is_found():
    """abcd + efgh - abcdefg = h, though any two of them differ by more than three customers."""
    assert smallest_derivable_group(rows("abcd", "efgh", "abcdefg"), below=4) == 1
    assert smallest_derivable_group(rows("abcd", "abcdefg"), below=3) is None


def test_weighted_combinations_are_found():
    """ab + ac + bc = 2(a + b + c), so each of them is disclosed."""
    assert smallest_derivable_group(rows("abx", "acx", "bcx", "x"), below=2) == 1
    assert smallest_derivable_group(rows("ab", "ac", "bc"), below=2) == 1


def test_the_same_customer_in_two_slots_counts_once():
    slots = [Row(frozenset((name, slot) for name in "ab"), 2) for slot in (0, 1)]
    assert smallest_derivable_group(slots, below=3) == 2


def test_the_tightest_share_of_one_group_is_the_largest_customers():
    group = Row(frozenset({("a", 0), ("b", 0), ("c", 0)}), 10)
    assert tightest_share([group], {("a", 0): 5, ("b", 0): 3, ("c", 0): 2}) == Fraction(1, 2)


def test_a_disclosed_customer_has_share_one():
    sets = ("abcdef", "abcde")
    assert tightest_share(rows(*sets), loads(*sets)) == 1


def test_a_bound_that_is_no_linear_combination_is_found():
    """In a zero total everybody is disclosed, and what is left bounds the others."""
    zero, mixed = Row(frozenset({("a", 0), ("b", 0)}), 0), Row(frozenset({("b", 0), ("c", 0)}), 4)
    assert tightest_share([zero, mixed], {("a", 0): 0, ("b", 0): 0, ("c", 0): 4}) == 1


def test_overlapping_windows_add_their_bounds():
    january, february = (Row(frozenset((name, slot) for name in "ab"), 10) for slot in (0, 1))
    used = {("a", 0): 9, ("b", 0): 1, ("a", 1): 1, ("b", 1): 9}
    assert tightest_share([january, february], used) == Fraction(9, 10)
