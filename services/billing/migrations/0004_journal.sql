-- A cause takes a row, and what it posted stands in it entry by entry: a row and an index entry for
-- each posting cost more than everything else that billing writes of an account.
create table billing.journal (
    practice_id text not null,
    ledger text not null,
    number int not null,
    ordinal int not null,
    source text not null,
    posted_at timestamptz not null,
    entries json not null check (json_array_length(entries) > 0),
    primary key (practice_id, ledger, number)
);

-- Postings of one cause that stand in a row, gap by gap where there should be none.
insert into billing.journal
select practice_id, ledger, min(number), min(ordinal), source, posted_at,
    json_agg(json_build_array(line, kind, debit, credit, amount_cents, detail, claim_id, payer_id,
        remittance_id, reverses) order by number)
from (
    select *, number - row_number() over (
        partition by practice_id, ledger, source, posted_at, number - ordinal order by number
    ) as run
    from billing.posting
) as posting
group by practice_id, ledger, source, posted_at, number - ordinal, run;

do $$
begin
    if (select coalesce(sum(json_array_length(entries)), 0) from billing.journal)
        <> (select count(*) from billing.posting)
    then
        raise exception 'the journal does not hold every posting';
    end if;
end
$$;

drop table billing.posting;

create trigger journal_append_only before update or delete or truncate on billing.journal
    for each statement execute function billing.refuse_change();

create view billing.posting as
select
    j.practice_id,
    j.ledger,
    j.source,
    (j.ordinal + e.place - 1)::int as ordinal,
    (j.number + e.place - 1)::int as number,
    (e.entry ->> 0)::int as line,
    e.entry ->> 1 as kind,
    e.entry ->> 2 as debit,
    e.entry ->> 3 as credit,
    (e.entry ->> 4)::bigint as amount_cents,
    e.entry ->> 5 as detail,
    e.entry ->> 6 as claim_id,
    e.entry ->> 7 as payer_id,
    e.entry ->> 8 as remittance_id,
    (e.entry ->> 9)::int as reverses,
    j.posted_at
from billing.journal j
cross join lateral json_array_elements(j.entries) with ordinality as e (entry, place);
