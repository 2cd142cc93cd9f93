from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.vault import FileKeys, Vault


def test_numbers_are_random_positive_stable_and_one_for_each_usage_point(vault: Vault) -> None:
    groups = [(f"urn:uuid:{n}", f"meter {n}") for n in range(500)]
    numbers = vault.surrogates(groups)
    assert numbers.dtype == np.int32
    assert (numbers > 0).all()
    assert len(set(numbers.tolist())) == 500
    assert (np.abs(np.diff(numbers.astype(np.int64))) > 1).mean() > 0.99
    assert (vault.surrogates(groups[::-1])[::-1] == numbers).all()


def test_the_best_known_identifier_decides_and_the_others_are_learned(vault: Vault) -> None:
    first, second = vault.surrogates([("a",), ("b",)]).tolist()
    assert vault.surrogates([("new", "b", "a")]).tolist() == [second]
    assert vault.known_surrogate("new") == second
    assert vault.known_surrogate("a") == first
    assert vault.known_surrogate("never seen") is None


def test_two_groups_of_one_call_that_share_an_identifier_are_one_usage_point(vault: Vault) -> None:
    first, second = vault.surrogates([("x", "shared"), ("shared", "y")]).tolist()
    assert first == second == vault.known_surrogate("y")


def test_staff_may_see_what_the_sources_call_a_usage_point(vault: Vault) -> None:
    (number,) = vault.surrogates([("urn:uuid:1", "Meter 9")]).tolist()
    assert vault.usage_point_identifiers(number) == ("Meter 9", "urn:uuid:1")


@pytest.mark.parametrize("group", [(), ("",), (" ", "\t")])
def test_a_usage_point_without_identifier_is_named_by_its_place_and_nothing_is_written(
    vault: Vault, group: tuple[str, ...]
) -> None:
    with pytest.raises(BadInput) as refused:
        vault.surrogates([("known",), group])
    assert "usage point 2" in refused.value.where
    assert vault.known_surrogate("known") is None


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    calls=st.lists(
        st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3), max_size=4), max_size=4
    )
)
def test_surrogates_agree_with_a_plain_dictionary(tmp_path: Path, calls: list[list[list[str]]]) -> None:
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    vault = Vault.create(folder / "vault", FileKeys.create(folder / "keys"))
    oracle: dict[str, int] = {}
    for groups in calls:
        for group, number in zip(
            groups, vault.surrogates([tuple(group) for group in groups]).tolist(), strict=True
        ):
            known = [oracle[name] for name in group if name in oracle]
            assert number == known[0] if known else number not in oracle.values()
            oracle |= {name: number for name in group if name not in oracle}
    assert {name: vault.known_surrogate(name) for name in oracle} == oracle


def _take_numbers(folder: Path, names: list[str], results: multiprocessing.Queue) -> None:
    vault = Vault.open(folder / "vault", FileKeys.open(folder / "keys"))
    results.put([vault.surrogates([(name,)]).tolist()[0] for name in names])


def test_four_processes_at_once_agree_on_every_number(tmp_path: Path, vault: Vault) -> None:
    context = multiprocessing.get_context("fork")
    results: multiprocessing.Queue = context.Queue()
    names = [f"urn:uuid:{n}" for n in range(12)]
    workers = [context.Process(target=_take_numbers, args=(tmp_path, names, results)) for _ in range(4)]
    for worker in workers:
        worker.start()
    answers = [results.get(timeout=30) for _ in workers]
    for worker in workers:
        worker.join()
    assert all(answer == answers[0] for answer in answers)
    assert len(set(answers[0])) == len(names)
    assert vault.surrogates([(name,) for name in names]).tolist() == answers[0]
