"""Who is named in a transaction: names (NM1), addresses (N3, N4), contacts (PER), ids (REF)."""

from dataclasses import dataclass

from services.payer_gateway.x12.maker import maker
from services.payer_gateway.x12.segments import Element, Segment, at, component

PERSON = "1"
ORGANIZATION = "2"


@dataclass(frozen=True, slots=True)
class Name:
    """NM102 to NM107. ``last`` is the last name, or the whole name of an organization.

    ``entity`` is ``1`` person or ``2`` organization (data element 1065).
    """

    entity: str
    last: str = ""
    first: str = ""
    middle: str = ""
    prefix: str = ""
    suffix: str = ""

    @classmethod
    def person(cls, last: str, first: str = "", middle: str = "", suffix: str = "") -> "Name":
        """A person's name."""
        return _name(PERSON, last, first, middle, "", suffix)

    @classmethod
    def organization(cls, name: str) -> "Name":
        """An organization's name."""
        return cls(ORGANIZATION, name)


@dataclass(frozen=True, slots=True)
class Address:
    """N3 and N4. ``state`` and ``postal_code`` as in N402 and N403, digits only in the latter."""

    line1: str
    city: str = ""
    state: str = ""
    postal_code: str = ""
    line2: str = ""
    country: str = ""
    subdivision: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """PER: function code, name, and pairs of number qualifier (TE, EX, EM, FX, UR) and number."""

    function: str
    name: str = ""
    numbers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """REF: a qualified id, such as G1 prior authorization or F8 payer claim control number.

    ``payer_id`` is REF04-2, the other payer an id of a service line belongs to (REF04-1 is 2U).
    """

    qualifier: str
    value: str
    payer_id: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """An NM1 loop of a role that needs no type of its own: name, qualified id, references.

    ``role`` is NM101 (82 rendering, DN referring, 77 facility, DQ supervising, DK ordering, QB
    purchased service, QC patient, IL insured, 74 corrected, TT crossover carrier ...);
    ``taxonomy`` comes from PRV03.
    """

    role: str
    name: Name
    identifier_qualifier: str = ""
    identifier: str = ""
    taxonomy: str = ""
    address: Address | None = None
    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()

    @property
    def npi(self) -> str:
        """The National Provider Identifier (NM108 = XX), empty where there is none."""
        return self.identifier if self.identifier_qualifier == "XX" else ""


_EMPTY = [""] * 10
_name = maker(Name)
_address = maker(Address)
_reference = maker(Reference)
_party = maker(Party)


def read_name(nm1: Segment) -> Name:
    """The name in NM102 to NM107."""
    if len(nm1) < 8:
        nm1 = [*nm1, *_EMPTY[: 8 - len(nm1)]]
    return _name(nm1[2], nm1[3], nm1[4], nm1[5], nm1[6], nm1[7])


def read_party(nm1: Segment) -> Party:
    """The role, name and id of an NM1."""
    if len(nm1) < 10:
        nm1 = [*nm1, *_EMPTY[: 10 - len(nm1)]]
    name = _name(nm1[2], nm1[3], nm1[4], nm1[5], nm1[6], nm1[7])
    return _party(nm1[1], name, nm1[8] if nm1[9] else "", nm1[9])


def read_address(n3: Segment | None, n4: Segment | None) -> Address | None:
    """The address of an N3 and N4, None where both are missing or empty."""
    street, place = (n3 or [])[1:], (n4 or [])[1:]
    if not any(street) and not any(place):
        return None
    street += _EMPTY[: max(2 - len(street), 0)]
    place += _EMPTY[: max(7 - len(place), 0)]
    return _address(street[0], place[0], place[1], place[2], street[1], place[3], place[6])


def read_contact(per: Segment) -> Contact:
    """The contact of a PER."""
    pairs = ((at(per, n), at(per, n + 1)) for n in (3, 5, 7))
    return Contact(at(per, 1), at(per, 2), tuple(pair for pair in pairs if any(pair)))


def read_reference(ref: Segment, separator: str) -> Reference:
    """The id of a REF."""
    payer = at(ref, 4)
    return _reference(at(ref, 1), at(ref, 2), component(payer, separator, 2) if payer else "")


def write_name(
    role: str, name: Name, qualifier: str = "", identifier: str = ""
) -> tuple[Element, ...]:
    """An NM1 segment."""
    return (
        "NM1",
        role,
        name.entity,
        name.last,
        name.first,
        name.middle,
        name.prefix,
        name.suffix,
        qualifier if identifier else "",
        identifier,
    )


def write_address(address: Address | None) -> list[tuple[Element, ...]]:
    """N3 and N4, nothing where there is no address."""
    if address is None:
        return []
    place = (
        "N4",
        address.city,
        address.state,
        address.postal_code,
        address.country,
        "",
        "",
        address.subdivision,
    )
    street = ("N3", address.line1, address.line2)
    return [segment for segment in (street, place) if any(segment[1:])]


def write_contact(contact: Contact) -> tuple[Element, ...]:
    """A PER segment."""
    numbers = (text for pair in contact.numbers for text in pair)
    return ("PER", contact.function, contact.name, *numbers)


def write_reference(reference: Reference) -> tuple[Element, ...]:
    """A REF segment."""
    of_payer: Element = ("2U", reference.payer_id) if reference.payer_id else ""
    return ("REF", reference.qualifier, reference.value, "", of_payer)


def write_party(party: Party, *, provider_code: str = "PE") -> list[tuple[Element, ...]]:
    """An NM1 loop: NM1, PRV, N3, N4, REF, PER. ``provider_code`` is PRV01."""
    segments = [write_name(party.role, party.name, party.identifier_qualifier, party.identifier)]
    if party.taxonomy:
        segments.append(("PRV", provider_code, "PXC", party.taxonomy))
    segments += write_address(party.address)
    segments += map(write_reference, party.references)
    segments += map(write_contact, party.contacts)
    return segments
