alter table delivery.deadline add column held_until timestamptz;
