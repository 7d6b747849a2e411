"""All guideline rules in the order in which they are applied.

First what the documentation adds to a code (stage, side, trimester, healing), then what two codes
say together, then what is left out, then who comes first; the tabular list's own order is last.
"""

from services.coding.domain.diagnosis.rules import (
    bones_skin_kidney,
    breathing,
    causes,
    circulation,
    combinations,
    drug_effects,
    endocrine,
    factors,
    infection,
    injuries,
    long_term_drugs,
    mind_and_nerves,
    neoplasms,
    newborn,
    pregnancy,
    sides,
    symptoms,
    told_causes,
)
from services.coding.domain.diagnosis.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *sides.RULES,
    *bones_skin_kidney.RULES,
    *injuries.RULES,
    *mind_and_nerves.RULES,
    *newborn.RULES,
    *infection.RULES,
    *combinations.RULES,
    *endocrine.RULES,
    *circulation.RULES,
    *breathing.RULES,
    *long_term_drugs.RULES,
    *pregnancy.RULES,
    *neoplasms.RULES,
    *symptoms.RULES,
    *drug_effects.RULES,
    *told_causes.RULES,
    *causes.RULES,
    *factors.RULES,
)
