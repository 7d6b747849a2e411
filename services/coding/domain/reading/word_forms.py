"""Forms of one word: spelling of either side of the Atlantic, plurals, adjectives of a noun.

``base_form`` is used alike for the index and for what was written, so that a form that is cut too
short still meets itself. Two words that are different things must not be made one: hepatitis and
hepatic, arthritis and arthrosis, hypertension and hypotension.
"""

_PLURALS = {
    "pancreas": "pancreas",
    "fourth": "fourth",
    "bronchi": "bronchus",
    "calculi": "calculus",
    "emboli": "embolus",
    "thrombi": "thrombus",
    "fungi": "fungus",
    "bacilli": "bacillus",
    "nuclei": "nucleus",
    "nevi": "nevus",
    "tori": "torus",
    "stimuli": "stimulus",
    "foci": "focus",
    "humeri": "humerus",
    "testes": "testis",
    "testicles": "testis",
    "testicle": "testis",
    "phalanges": "phalanx",
    "larynges": "larynx",
    "meninges": "meninge",
    "ova": "ovum",
    "septa": "septum",
    "diverticula": "diverticulum",
    "haustra": "haustrum",
    "atria": "atrium",
    "labia": "labium",
    "condylomata": "condyloma",
    "stigmata": "stigma",
    "carcinomata": "carcinoma",
    "biopsies": "biopsy",
    "knives": "knife",
    "wolves": "wolf",
    "calves": "calf",
    "women": "woman",
    "men": "man",
    "children": "child",
    "mice": "mouse",
    "lice": "louse",
    "geese": "goose",
}

_ADJECTIVES = {
    "appendiceal": "appendix",
    "appendicular": "appendix",
    "arterial": "artery",
    "arteriolar": "artery",
    "atrial": "atrium",
    "axillary": "axilla",
    "bronchial": "bronchus",
    "cecal": "cecum",
    "cerebellar": "cerebellum",
    "coccygeal": "coccyx",
    "conjunctival": "conjunctiva",
    "corneal": "cornea",
    "cuboidal": "cuboid",
    "duodenal": "duodenum",
    "endometrial": "endometrium",
    "esophageal": "esophagus",
    "fetal": "fetus",
    "foetal": "fetus",
    "gingival": "gum",
    "gingiva": "gum",
    "ileal": "ileum",
    "inguinal": "groin",
    "jejunal": "jejunum",
    "laryngeal": "larynx",
    "lingual": "tongue",
    "meningeal": "meninge",
    "meniscal": "meniscus",
    "menisci": "meniscus",
    "muscular": "muscle",
    "myocardial": "myocardium",
    "neonatal": "newborn",
    "neonate": "newborn",
    "neonatorum": "newborn",
    "pancreatic": "pancreas",
    "patellar": "patella",
    "penile": "penis",
    "pericardial": "pericardium",
    "perineal": "perineum",
    "peritoneal": "peritoneum",
    "pharyngeal": "pharynx",
    "phalangeal": "phalanx",
    "placental": "placenta",
    "pleural": "pleura",
    "puerperal": "puerperium",
    "postpartum": "puerperium",
    "retinal": "retina",
    "sacral": "sacrum",
    "scrotal": "scrotum",
    "septal": "septum",
    "splenic": "spleen",
    "sternal": "sternum",
    "testicular": "testis",
    "tonsillar": "tonsil",
    "tracheal": "trachea",
    "tubal": "tube",
    "umbilical": "umbilicus",
    "ureteral": "ureter",
    "ureteric": "ureter",
    "urethral": "urethra",
    "vaginal": "vagina",
    "valvular": "valve",
    "venous": "vein",
    "vulval": "vulva",
    "vulvar": "vulva",
    "tuberculous": "tuberculosis",
    "tubercular": "tuberculosis",
    "syphilitic": "syphilis",
    "gouty": "gout",
    "ischaemic": "ischemia",
    "septicemic": "septicemia",
    "necrotizing": "necrosis",
    "necrotising": "necrosis",
    "gangrenous": "gangrene",
    "edematous": "edema",
    "cystic": "cyst",
    "suicidal": "suicide",
    "homicidal": "homicide",
    "autistic": "autism",
    "herniated": "hernia",
    "perforated": "perforation",
    "perforating": "perforation",
    "ruptured": "rupture",
    "lacerated": "laceration",
    "dislocated": "dislocation",
    "displaced": "displacement",
    "obstructed": "obstruction",
    "obstructive": "obstruction",
    "obstructing": "obstruction",
    "inflamed": "inflammation",
    "inflammatory": "inflammation",
    "intoxicated": "intoxication",
    "poisoned": "poisoning",
    "amputated": "amputation",
    "impacted": "impaction",
    "strangulated": "strangulation",
    "incarcerated": "incarceration",
    "degenerative": "degeneration",
    "degenerated": "degeneration",
    "ulcerative": "ulcer",
    "ulcerating": "ulcer",
    "recurring": "recurrent",
    "relapsing": "relapse",
    "paralytic": "paralysis",
    "paralyzed": "paralysis",
    "congestive": "congestion",
    "congested": "congestion",
    "stillbirth": "stillborn",
    "premature": "prematurity",
    "dependent": "dependence",
    "dependency": "dependence",
    "addicted": "addiction",
    "insufficient": "insufficiency",
    "incompetent": "incompetence",
    "incompetency": "incompetence",
    "incontinent": "incontinence",
    "impotent": "impotence",
    "resistant": "resistance",
    "malformed": "malformation",
    "deformed": "deformity",
    "deformation": "deformity",
    "hypertrophied": "hypertrophy",
    "hypertrophic": "hypertrophy",
    "atrophied": "atrophy",
    "atrophic": "atrophy",
    "exposed": "exposure",
    "scalded": "scald",
    "burned": "burn",
    "burnt": "burn",
    "bitten": "bite",
    "stung": "sting",
    "bruise": "contusion",
    "bruised": "contusion",
    "bruising": "contusion",
}

_ORDINALS = {
    "1st": "first",
    "2nd": "second",
    "3rd": "third",
    "4th": "fourth",
    "5th": "fifth",
    "6th": "sixth",
    "7th": "seventh",
    "8th": "eighth",
    "9th": "ninth",
    "10th": "tenth",
    "11th": "eleventh",
    "12th": "twelfth",
}

_SPELLINGS = (
    ("ae", "e"),
    ("oed", "ed"),
    ("oeso", "eso"),
    ("oet", "et"),
    ("oea", "ea"),
    ("coel", "cel"),
    ("oestr", "estr"),
    ("our", "or"),
    ("sulph", "sulf"),
    ("leuco", "leuko"),
    ("isation", "ization"),
    ("ysed", "yzed"),
    ("goitre", "goiter"),
    ("fibre", "fiber"),
    ("centre", "center"),
)

_ENDINGS = (
    ("itic", "itis"),
    ("otic", "osis"),
    ("emic", "emia"),
    ("uric", "uria"),
    ("plegic", "plegia"),
    ("algic", "algia"),
    ("phobic", "phobia"),
    ("pathic", "pathy"),
    ("plastic", "plasia"),
    ("rrheic", "rrhea"),
    ("megalic", "megaly"),
    ("ectatic", "ectasia"),
    ("oses", "osis"),
    ("itides", "itis"),
    ("omata", "oma"),
)
_KEPT_AS_THEY_ARE = frozenset(("biotic", "antibiotic", "plastic", "narcotic", "exotic", "mitotic"))

FORMS = {**_PLURALS, **_ADJECTIVES, **_ORDINALS}


def american(word: str) -> str:
    """British spellings in their American form; a Latin plural's ``ae`` with them."""
    if word.endswith("ae") and len(word) > 4:
        word = word[:-1]
    for british, other in _SPELLINGS:
        if british in word:
            word = word.replace(british, other)
    if word.endswith("ised") and len(word) > 7:
        word = f"{word[:-4]}ized"
    return word


def base_form(word: str) -> str:
    """The form under which all of a word's forms meet; ``word`` is lower-case, as written."""
    if word in FORMS:
        return FORMS[word]
    if len(word) > 4:
        word = american(word)
        if word in FORMS:
            return FORMS[word]
    if len(word) > 5 and word not in _KEPT_AS_THEY_ARE:
        for ending, base in _ENDINGS:
            if word.endswith(ending):
                return word[: -len(ending)] + base
    if len(word) > 3 and word.endswith("s"):
        if word.endswith("ies") and len(word) > 4:
            word = word[:-3] + "y"
        elif not word.endswith(("ss", "us", "is")):
            word = word[:-1]
    return FORMS.get(word, word)
