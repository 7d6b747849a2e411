-- The 837P claim as it will be written is needed until its file is written: it waits in a table of
-- its own, which empties itself, and a claim that moves is a short row that no index has to follow.
create table waiting_claim (
    payer_id text not null,
    sender_id text not null,
    practice_id text not null,
    waiting_since timestamptz not null,
    claim_id text not null,
    content bytea not null,
    primary key (payer_id, sender_id, practice_id, waiting_since, claim_id)
);
insert into waiting_claim
select payer_id, sender_id, practice_id, waiting_since, claim_id,
       convert_to(content::text, 'UTF8')
from claim where state = 'waiting';

-- The claims of a file, so that an answer to the file finds them by their own key.
alter table outbound_file add column claim_ids text[] not null default '{}';
update outbound_file f set claim_ids = c.claim_ids
from (select file_id, array_agg(claim_id order by claim_id) as claim_ids
      from claim where file_id is not null group by file_id) c
where c.file_id = f.file_id;

drop index claim_waiting, claim_file, claim_id;
alter table claim
    drop column content, drop column sender_id, drop column waiting_since,
    drop constraint claim_pkey, add primary key (claim_id, practice_id),
    set (fillfactor = 50);

-- Opaque to SQL: kept as the bytes that were written, which nothing has to parse.
alter table reference alter column state type bytea using convert_to(state::text, 'UTF8');
