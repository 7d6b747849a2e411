"""From mentions to ICD-10-CM codes: search, specificity, guideline rules, order."""
