"""The ICD-10-CM Official Guidelines as rules: one module a chapter or theme, applied in order."""
