"""Abbreviations that only a provider's words are read by, never the index's, each for one thing.

Some of them are words or parts of names in the index, so that they stand apart from
``abbreviations``. Our own selection.
"""

SHORT_FORMS: dict[str, str] = {
    # findings and words of reports
    "abnl": "abnormal",
    "brady": "bradycardia",
    "tachy": "tachycardia",
    "palps": "palpitations",
    "freq": "frequency",
    "prox": "proximal",
    "wbc": "white blood cell count",
    "esr": "erythrocyte sedimentation rate",
    "crp": "c reactive protein",
    "cea": "carcinoembryonic antigen",
    "chemo": "chemotherapy",
    "med": "medication",
    "meds": "medications",
    "xrt": "radiation therapy",
    # heart, vessels, lungs
    "rca": "right coronary artery",
    "avnrt": "av nodal reentrant tachycardia",
    "avrt": "other supraventricular tachycardia",
    "hfrecef": "heart failure with recovered ejection fraction",
    "hfimpef": "heart failure with improved ejection fraction",
    "lqts": "long qt syndrome",
    "bav": "bicuspid aortic valve",
    "scad": "spontaneous coronary artery dissection",
    "cteph": "chronic thromboembolic pulmonary hypertension",
    "svc": "superior vena cava",
    "ggo": "ground glass opacity",
    "lpr": "laryngopharyngeal reflux",
    "ili": "influenza like illness",
    # brain and nerves
    "pnes": "psychogenic nonepileptic seizure",
    "iih": "benign intracranial hypertension",
    "tga": "transient global amnesia",
    "ftd": "frontotemporal dementia",
    "dlb": "dementia with lewy bodies",
    "cipn": "chemotherapy induced peripheral neuropathy",
    "ppms": "primary progressive multiple sclerosis",
    "spms": "secondary progressive multiple sclerosis",
    "crps": "complex regional pain syndrome",
    # digestion
    "ipmn": "intraductal papillary mucinous neoplasm of pancreas",
    "epi": "exocrine pancreatic insufficiency",
    "fobt": "fecal occult blood test",
    # bones and joints
    "cmc": "carpometacarpal",
    "gpa": "wegener's granulomatosis",
    "uctd": "undifferentiated connective tissue disease",
    "mctd": "mixed connective tissue disease",
    "cppd": "calcium pyrophosphate deposition disease",
    "gtps": "greater trochanteric pain syndrome",
    "atfl": "other ligament",
    # glands
    "mng": "multinodular goiter",
    "mody": "maturity onset diabetes of the young",
    "phpt": "primary hyperparathyroidism",
    # women and newborns
    "nvp": "nausea and vomiting of pregnancy",
    "nsvd": "normal spontaneous vaginal delivery",
    "pph": "postpartum hemorrhage",
    "iufd": "intrauterine fetal death",
    "hsp": "henoch schonlein purpura",
    "uoq": "upper outer quadrant",
    "uiq": "upper inner quadrant",
    "loq": "lower outer quadrant",
    "liq": "lower inner quadrant",
    # eyes and skin
    "crao": "central retinal artery occlusion",
    "crvo": "central retinal vein occlusion",
    "brao": "branch retinal artery occlusion",
    "brvo": "branch retinal vein occlusion",
    "cnv": "choroidal neovascularization",
    "rmsf": "rocky mountain spotted fever",
}
CAPITALS: dict[str, str] = {
    "DU": "duodenal ulcer",
    "CA": "cancer",
    "MM": "multiple myeloma",
    "GIST": "gastrointestinal stromal tumor",
    "DFU": "diabetic foot ulcer",
    "RAD": "reactive airway disease",
    "ACO": "asthma copd overlap",
    "EKG": "electrocardiogram",
    "ECG": "electrocardiogram",
    "CXR": "chest xray",
    "FB": "foreign body",
    "ERM": "epiretinal membrane",
    "POI": "primary ovarian failure",
    "RPL": "recurrent pregnancy loss",
}
"""Those that are other words, or nothing at all, when they are not in capitals."""
