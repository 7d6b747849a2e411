"""From words to what they assert: tokens, sections, denials and doubts, mentions with offsets."""
