"""The words of a phrase as the index has them: known, run together, apart, misspelt."""

from services.coding.domain.code_sets import DiagnosisCodes, Token
from services.coding.domain.diagnosis.near_words import NearWords
from services.coding.domain.reading import wording
from services.coding.domain.reading.word_lists import GOVERNING_WORDS

_KEPT = 20_000
_MISSPELT_SHARE = 85
_STEM_SHARE = 70
_MOST_MEANINGS = 3
_PREFIXES = frozenset(("post", "pre", "non", "anti", "semi", "sub", "intra", "inter", "multi"))

Meaning = tuple[tuple[Token, ...], int]
"""What an unknown word may mean: words of the index, and the share of their weight in a hundred."""


class PhraseWords:
    """Looks words up in one release; remembers what it has looked up."""

    def __init__(self, codes: DiagnosisCodes) -> None:
        self._codes = codes
        self._tokens: dict[str, Token | None] = {}
        self._parts: dict[str, tuple[str, ...]] = {}
        self._meant: dict[str, tuple[Meaning, ...]] = {}
        self._near: NearWords | None = None
        self._governors: frozenset[int] | None = None

    def token(self, text: str) -> Token | None:
        """The index's word for this very token, or None."""
        if text in self._tokens:
            return self._tokens[text]
        if len(self._tokens) >= _KEPT:
            self._tokens.clear()
        found = self._tokens[text] = self._codes.token(text)
        return found

    def told_apart(self, tokens: tuple[str, ...]) -> tuple[str, ...]:
        """The words as the index has them: run together, or apart ("post traumatic")."""
        found: dict[str, None] = {}
        last = ""
        for text in tokens:
            if last in _PREFIXES and self.token(last + text) is not None:
                found.pop(last, None)
                found[last + text] = None
            elif self.token(text) is not None:
                found[text] = None
            else:
                found.update(dict.fromkeys(self._known_parts(text) or (text,)))
            last = text
        return tuple(found)

    def _known_parts(self, text: str) -> tuple[str, ...]:
        parts = self._parts.get(text)
        if parts is None:
            if len(self._parts) >= _KEPT:
                self._parts.clear()
            near = self._vocabulary()
            parts = tuple(
                folded
                for part in (() if near.misspelt(text) else near.parts(text))
                for folded in wording.fold(part).split()
            )
            self._parts[text] = parts
        return parts

    def _vocabulary(self) -> NearWords:
        if self._near is None:
            self._near = NearWords({*self._codes.words(), *wording.FOLDED})
        return self._near

    def meanings(self, text: str) -> tuple[Meaning, ...]:
        """What an unknown word may mean in the index's words, the likeliest first.

        Of several it is the one that begins as it does, and of those the commonest.
        """
        found = self._meant.get(text)
        if found is None:
            near = self._vocabulary()
            slips = tuple(sorted({*near.misspelt(text), *near.misspelt(f"{text}s")}))
            words, share = slips, _MISSPELT_SHARE
            if not words:
                words, share = near.same_stem(text)[:1], _STEM_SHARE
            if not words:
                words = near.twice_misspelt(text)
            likely = [
                (word[0] == text[0], min(token.frequency for token in tokens), tokens)
                for word, tokens in zip(words, map(self._tokens_of, words), strict=True)
                if tokens
            ]
            likely.sort(reverse=True)
            found = tuple((tokens, share) for _, _, tokens in likely[:_MOST_MEANINGS])
            if len(self._meant) >= _KEPT:
                self._meant.clear()
            self._meant[text] = found
        return found

    def _tokens_of(self, word: str) -> tuple[Token, ...]:
        tokens = [self.token(text) for text in wording.fold(word).split()]
        return tuple(token for token in tokens if token is not None)

    @property
    def governing(self) -> frozenset[int]:
        """Numbers of the words that make another thing of what they stand with."""
        if self._governors is None:
            tokens = (self.token(word) for word in sorted(GOVERNING_WORDS))
            self._governors = frozenset(token.number for token in tokens if token is not None)
        return self._governors
