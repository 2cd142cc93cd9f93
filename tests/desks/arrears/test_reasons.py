"""Each sentence of the desk is said in both languages with the same facts, and in records as it was said before."""

import inspect
import re
from datetime import date

import pytest
from desks.arrears.test_law import PACK

from meterkeep.desks.arrears import law, occasions, steps, table
from meterkeep.desks.arrears.reasons import rule, say
from meterkeep.desks.arrears.terms import terms_of
from meterkeep.desks.saying import read_sentences, told


def test_a_sentence_is_kept_in_english_and_told_in_the_readers_language():
    said = say("credit_report", days=180, begun=date(2026, 3, 1))
    assert said == "Unpaid 180 days after collection began on 2026-03-01; the notice is on record."
    assert told(said, "en").startswith("Unpaid 180 days after collection began on March\u00a01, 2026;")
    assert "180 días" in told(said, "es") and "1\u00a0de\u00a0marzo de 2026" in told(said, "es")
    assert told("A note of the staff.", "es") == "A note of the staff."


def test_a_sentence_within_another_is_told_in_its_language_too():
    said = say("call_not_allowed", why=say("conversation", days=7))
    assert said.endswith("not allowed: there was a conversation within 7 days.")
    assert told(said, "es").endswith("permitida: hubo una conversación en los últimos 7 días.")


@pytest.mark.parametrize(
    "wrong", ['[one]\nen = "A."', '[one]\nen = "{a}."\nes = "{b}."'], ids=["one language", "other facts"]
)
def test_a_sentence_that_lacks_a_language_or_a_fact_is_known_at_once(wrong, tmp_path):
    (tmp_path / "reasons.toml").write_text(wrong)
    with pytest.raises(ValueError, match=r"reasons\.toml: one"):
        read_sentences(tmp_path / "reasons.toml")


def test_every_clause_that_a_step_or_a_finding_cites_is_told_to_customers_with_its_figures():
    terms = terms_of(PACK, date(2026, 3, 1))
    code = "".join(inspect.getsource(one) for one in (law, occasions, steps, table))
    cited = set(re.findall(r'"((?:CEA|FED|CIV|CCP)[A-Z0-9-]*/[^"]+)"', code))
    assert len(cited) >= 11
    for clause in cited:
        said = rule(clause, terms)
        assert said and told(said, "es") != said and "{" not in said
    assert "$250.00" in told(rule("CEA-05/5.1-a", terms), "es") and "91" in rule("CEA-05/5.1-a", terms)
    assert rule("CEA-02/5.1", terms) is None
