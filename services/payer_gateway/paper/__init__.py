"""Claims on paper: the CMS-1500 (02/12), printed on its grid or shown to be read. Pure but for PDF.

``claim_pages`` puts a claim of the X12 codec on as many forms as it needs and says what it had to
cut; ``pdf`` writes pages for pre-printed forms, and previews with boxes of our own.
"""
