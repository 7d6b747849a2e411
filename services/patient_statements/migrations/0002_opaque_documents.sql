-- Documents are opaque to SQL: kept as the bytes that were written, which nothing has to parse, and
-- which are packed where they are long. An account's row changes in place: no index has to follow.
alter table practice alter column document type bytea using convert_to(document::text, 'UTF8');
alter table patient alter column document type bytea using convert_to(document::text, 'UTF8');
alter table coverage_programme
    alter column document type bytea using convert_to(document::text, 'UTF8');
alter table account
    alter column document type bytea using convert_to(document::text, 'UTF8'),
    alter column document set storage external,
    set (fillfactor = 50);
