-- Letters of the time before letters were redriven by themselves: looked at now, and from then on
-- like any other that lacks a reference.
update delivery.dead_letter set retry_at = failed_at
where status = 'open' and reason = 'reference_missing' and retry_at is null;

-- What came so badly that the breaker opened: records, deadlines, or what was parked.
alter table delivery.breaker add column opened_by text not null default 'records';
