-- A record that could not be read is known by its bytes. A release that can read it knows it by its
-- event's id: read again, it is found by its place.
create index dead_letter_place on delivery.dead_letter (topic, partition, record_offset);
