-- The newest statements are listed without a look at all of them.
create index statement_newest on statement (decided_at desc, practice_id, statement_id);
