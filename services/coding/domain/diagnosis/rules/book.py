"""All guideline rules in the order in which they are applied.

First what the documentation adds to a code (stage, side, trimester, healing), then what two codes
say together, then what is left out, then who comes first; the tabular list's own order is last.
"""

from services.coding.domain.diagnosis.rules import (
    abuse,
    blood,
    bones_skin_kidney,
    breathing,
    causes,
    circulation,
    combinations,
    drug_effects,
    endocrine,
    eyes_and_ears,
    factors,
    infection,
    injuries,
    long_term_drugs,
    malformations,
    mind_and_nerves,
    neoplasms,
    newborn,
    pregnancy,
    sexes,
    sides,
    symptoms,
    tobacco,
    told_causes,
    told_status,
)
from services.coding.domain.diagnosis.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *sides.RULES,
    *sexes.RULES,
    *bones_skin_kidney.RULES,
    *injuries.RULES,
    *mind_and_nerves.RULES,
    *newborn.RULES,
    *eyes_and_ears.RULES,
    *malformations.RULES,
    *infection.RULES,
    *blood.RULES,
    *combinations.RULES,
    *endocrine.RULES,
    *circulation.RULES,
    *breathing.RULES,
    *long_term_drugs.RULES,
    *tobacco.RULES,
    *told_status.RULES,
    *pregnancy.RULES,
    *neoplasms.RULES,
    *symptoms.RULES,
    *drug_effects.RULES,
    *told_causes.RULES,
    *causes.RULES,
    *abuse.RULES,
    *factors.RULES,
)
