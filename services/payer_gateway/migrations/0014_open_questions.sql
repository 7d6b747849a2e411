-- Questions to which nothing was said yet. A payer that says something of all of them, as one whose
-- eligibility system is down does with every answer, would otherwise have all looked through that
-- were ever asked of it.
alter table question add column is_open boolean not null default true;
update question q set is_open = false where exists (select from answer a where a.trace = q.trace);
create index question_open on question (file_id) where is_open;
