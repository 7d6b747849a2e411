"""Names that are made of a thing and its site, in either order, each in the words of the index.

"Squamous cell carcinoma of forearm" and "forearm SCC" are of the skin of the upper limb; a stroke
is told by its artery; enlarged lymph nodes by their region. Our own selection.
"""

from collections.abc import Iterator
from itertools import product

_UPPER = "upper limb including shoulder"
_LOWER = "lower limb including hip"
_FACE = "other parts of face"
_SKIN_SITES = {
    "arm": _UPPER, "forearm": _UPPER, "upper arm": _UPPER, "hand": _UPPER, "wrist": _UPPER,
    "finger": _UPPER, "elbow": _UPPER, "shoulder": _UPPER, "thumb": _UPPER,
    "leg": _LOWER, "thigh": _LOWER, "calf": _LOWER, "shin": _LOWER, "lower leg": _LOWER,
    "knee": _LOWER, "ankle": _LOWER, "foot": _LOWER, "toe": _LOWER, "hip": _LOWER, "heel": _LOWER,
    "cheek": _FACE, "forehead": _FACE, "temple": _FACE, "chin": _FACE, "face": _FACE,
    "scalp": "scalp and neck", "neck": "scalp and neck", "nose": "nose", "lip": "lip",
    "back": "trunk", "chest": "trunk", "abdomen": "trunk", "trunk": "trunk", "flank": "trunk",
}  # fmt: skip
# Titles name the trunk and the nose each in their own way.
_CARCINOMAS = ("basal cell carcinoma", "squamous cell carcinoma")
_CARCINOMA_SITES = {"trunk": "other part of trunk", _FACE: "other parts of face"}
_LIPOMA_SITES = {
    **dict.fromkeys(("head", "face", "neck", "scalp", "forehead", "cheek"), "head face and neck"),
    **dict.fromkeys(("back", "chest", "abdomen", "abdominal wall", "trunk", "flank"), "trunk"),
    **dict.fromkeys(
        ("arm", "forearm", "upper arm", "hand", "shoulder", "leg", "thigh", "calf", "foot",
         "knee", "elbow", "wrist"), "limb",
    ),
}  # fmt: skip
_NEVUS_SITES = {
    **{site: region for site, region in _SKIN_SITES.items() if region in (_UPPER, _LOWER)},
    **dict.fromkeys(("back", "chest", "abdomen", "trunk", "flank"), "trunk"),
    **dict.fromkeys(("scalp", "neck"), "scalp and neck"),
}
_NEVI = ("dysplastic nevus", "melanocytic nevus", "atypical nevus", "benign nevus", "nevus", "mole")
_MELANOMAS = {"melanoma in situ": "melanoma in situ", "melanoma": "malignant melanoma"}
_ARTERIES = {
    "mca": "middle cerebral artery",
    "middle cerebral artery": "middle cerebral artery",
    "aca": "anterior cerebral artery",
    "anterior cerebral artery": "anterior cerebral artery",
    "pca": "posterior cerebral artery",
    "posterior cerebral artery": "posterior cerebral artery",
    "cerebellar artery": "cerebellar artery",
    "carotid artery": "carotid artery",
    "vertebral artery": "vertebral artery",
    "basilar artery": "basilar artery",
}
_STROKES = {
    "embolic": "embolism",
    "cardioembolic": "embolism",
    "thrombotic": "thrombosis",
    "ischemic": "unspecified occlusion or stenosis",
    "acute ischemic": "unspecified occlusion or stenosis",
    "acute": "unspecified occlusion or stenosis",
}
_NODES = ("lymphadenopathy", "adenopathy", "lad", "swollen lymph nodes", "enlarged lymph nodes")
_NODE_SITES = (
    "cervical", "axillary", "inguinal", "supraclavicular", "submandibular", "mediastinal", "hilar",
    "retroperitoneal", "mesenteric", "posterior cervical", "anterior cervical", "neck", "groin",
    "occipital", "preauricular", "postauricular", "epitrochlear", "femoral", "localized",
)  # fmt: skip
_ULCERS = ("duodenal", "gastric", "peptic", "stomach", "gastrojejunal")
_COLON = (
    "ascending colon", "transverse colon", "descending colon", "sigmoid colon", "cecum", "rectum",
)  # fmt: skip
_ADENOMAS = (
    "tubular adenoma", "tubulovillous adenoma", "villous adenoma", "adenoma", "adenomatous polyp",
    "sessile serrated adenoma", "sessile serrated polyp", "sessile serrated lesion",
)  # fmt: skip

# Gout of a joint without a cause is idiopathic; the index has the joints under its kinds only.
_GOUTS = ("gout", "acute gout", "gout flare", "gout attack", "gouty flare", "gouty arthritis",
          "acute gouty arthritis", "acute gouty flare")  # fmt: skip
_GOUT_SITES = {
    **{site: site for site in ("ankle", "knee", "elbow", "wrist", "hand", "shoulder", "hip")},
    **dict.fromkeys(("foot", "toe", "great toe", "big toe", "1st mtp", "first mtp"),
                    "ankle and foot"),
    "finger": "hand",
}  # fmt: skip
_PROSTHESES = (
    "total {}", "total {} arthroplasty", "total {} replacement", "{} replacement",
    "{} arthroplasty", "{} prosthesis", "prosthetic {}",
)  # fmt: skip


def _either_way(thing: str, site: str, written: str) -> Iterator[tuple[str, str]]:
    yield f"{thing} of {site}", written
    yield f"{site} {thing}", written


def _composed() -> Iterator[tuple[str, str]]:
    for thing, (site, region) in product(_CARCINOMAS, _SKIN_SITES.items()):
        where = _CARCINOMA_SITES.get(region, region)
        yield from _either_way(thing, site, f"{thing} of skin of {where}")
    for thing, (site, region) in product(_MELANOMAS, _SKIN_SITES.items()):
        yield from _either_way(thing, site, f"{_MELANOMAS[thing]} of {region}")
    for site, region in _LIPOMA_SITES.items():
        written = f"benign lipomatous neoplasm of skin and subcutaneous tissue of {region}"
        yield from _either_way("lipoma", site, written)
    for thing, (site, region) in product(_NEVI, _NEVUS_SITES.items()):
        yield from _either_way(thing, site, f"melanocytic nevi of {region}")
    for how, (name, artery) in product(_STROKES, _ARTERIES.items()):
        written = f"cerebral infarction due to {_STROKES[how]} of {artery}"
        for stroke in ("stroke", "cva", "cerebral infarction"):
            yield from _either_way(f"{how} {stroke}", name, written)
            yield f"{name} {how} {stroke}", written
            yield f"{how} {name} {stroke}", written
    for thing, site in product(_NODES, _NODE_SITES):
        yield from _either_way(thing, site, "localized enlarged lymph nodes")
    for ulcer in _ULCERS:
        for bleeding in ("bleeding", "hemorrhagic", "acute bleeding"):
            yield f"{bleeding} {ulcer} ulcer", f"{ulcer} ulcer with hemorrhage"
        yield f"perforated {ulcer} ulcer", f"{ulcer} ulcer with perforation"
    for joint, name in product(("knee", "hip"), _PROSTHESES):
        written = f"infection and inflammatory reaction due to internal {joint} prosthesis"
        yield f"infected {name.format(joint)}", written
        yield f"infection of {name.format(joint)}", written
        yield f"{name.format(joint)} infection", written
    for joint in ("knee", "hip"):
        written = f"infection and inflammatory reaction due to internal {joint} prosthesis"
        yield from _either_way("prosthetic joint infection", joint, written)
        yield from _either_way("periprosthetic joint infection", joint, written)
    for short, joint in (("tka", "knee"), ("tkr", "knee"), ("tha", "hip"), ("thr", "hip")):
        yield (
            f"infected {short}",
            f"infection and inflammatory reaction due to internal {joint} prosthesis",
        )
    for gout, (name, site) in product(_GOUTS, _GOUT_SITES.items()):
        yield from _either_way(gout, name, f"idiopathic gout {site}")
        yield f"{gout} {name}", f"idiopathic gout {site}"
    for name, site in _GOUT_SITES.items():
        written = f"idiopathic chronic gout {site}"
        yield from _either_way("chronic gout", name, written)
        yield f"chronic gout {name}", written
    for thing, site in product(_ADENOMAS, _COLON):
        yield from _either_way(thing, site, f"benign neoplasm of {site}")


OF_SITES: dict[str, str] = dict(_composed())
