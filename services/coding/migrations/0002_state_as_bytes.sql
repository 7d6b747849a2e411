-- State as bytes that the service alone reads: the server neither parses nor compresses it.
-- What is there is carried over: objects become arrays in the order of the fields.

create function pg_temp.listed(items jsonb) returns jsonb language sql as $$
    select coalesce(items, '[]')
$$;

create function pg_temp.evidence(items jsonb) returns jsonb language sql as $$
    select coalesce(jsonb_agg(
        jsonb_build_array(e->'source', e->'item_id', e->'section', e->'start', e->'end') order by n
    ), '[]')
    from jsonb_array_elements(pg_temp.listed(items)) with ordinality as each(e, n)
$$;

create function pg_temp.diagnoses(items jsonb) returns jsonb language sql as $$
    select coalesce(jsonb_agg(
        jsonb_build_array(d->'code', pg_temp.evidence(d->'evidence'), d->'rules', d->'confidence')
        order by n
    ), '[]')
    from jsonb_array_elements(pg_temp.listed(items)) with ordinality as each(d, n)
$$;

create function pg_temp.lines(items jsonb) returns jsonb language sql as $$
    select coalesce(jsonb_agg(
        jsonb_build_array(
            l->'code', l->'modifiers', l->'units', l->'pointers', l->'ndc',
            pg_temp.evidence(l->'evidence'), l->'rules', l->'confidence'
        ) order by n
    ), '[]')
    from jsonb_array_elements(pg_temp.listed(items)) with ordinality as each(l, n)
$$;

create function pg_temp.rejected(items jsonb) returns jsonb language sql as $$
    select coalesce(
        jsonb_agg(jsonb_build_array(r->'subject', r->'reason', r->'item_id') order by n), '[]'
    )
    from jsonb_array_elements(pg_temp.listed(items)) with ordinality as each(r, n)
$$;

create function pg_temp.releases(items jsonb) returns jsonb language sql as $$
    select coalesce(
        jsonb_agg(jsonb_build_array(r->'code_set', r->'release', r->'stands_in') order by n), '[]'
    )
    from jsonb_array_elements(pg_temp.listed(items)) with ordinality as each(r, n)
$$;

create function pg_temp.queries(items jsonb) returns jsonb language sql as $$
    select coalesce(jsonb_agg(
        jsonb_build_array(q->'query_id', q->'kind', q->'item_id', q->'subject', q->'due') order by n
    ), '[]')
    from jsonb_array_elements(pg_temp.listed(items)) with ordinality as each(q, n)
$$;

create function pg_temp.proposal(p jsonb) returns jsonb language sql as $$
    select case when p is null or p = 'null' then 'null' else jsonb_build_array(
        pg_temp.diagnoses(p->'diagnoses'), pg_temp.lines(p->'lines'),
        pg_temp.rejected(p->'rejected'), pg_temp.releases(p->'releases'), p->'rules_version'
    ) end
$$;

create function pg_temp.kept(s jsonb) returns bytea language sql as $$
    select convert_to(jsonb_build_array(
        jsonb_build_array(
            s->'state', s->'revision', s->'patient_id', s->'rendering_provider_id',
            s->'service_date', s->'seen', s->'version', s->'coded_revision',
            pg_temp.queries(s->'open_queries'), s->'asked', s->'answered', s->'reasons',
            pg_temp.proposal(s->'proposal'), pg_temp.proposal(s->'final')
        ),
        false
    )::text, 'UTF8')
$$;

alter table coding.encounter alter column detail type bytea using pg_temp.kept(detail);

-- A row of up to a page stays in its page: moving parts of it aside costs more than it saves.
alter table coding.encounter set (toast_tuple_target = 8160);
alter table coding.encounter alter column detail set storage external;
alter table coding.encounter alter column documentation set storage external;
