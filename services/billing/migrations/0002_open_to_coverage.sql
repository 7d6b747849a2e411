alter table billing.encounter_account rename column unsent to open_to_coverage;

update billing.encounter_account e set open_to_coverage = true
where not e.not_billable and exists (
    select from billing.claim c
    where c.practice_id = e.practice_id and c.encounter_id = e.encounter_id
        and c.state <> 'closed' and c.replaced_by = '');
