-- What was reported at each encounter: other encounters of the patient are judged beside it.
alter table coding.visit add column provider_id text not null default '';
alter table coding.visit add column services bytea;

-- What is coded already: lines as (code, modifiers, units, diagnoses pointed to).
create function pg_temp.pointed(diagnoses jsonb, pointers jsonb) returns jsonb language sql as $$
    select coalesce(jsonb_agg(diagnoses -> (p.number::int - 1) -> 0 order by n)
                    filter (where diagnoses -> (p.number::int - 1) is not null), '[]')
    from jsonb_array_elements_text(coalesce(pointers, '[]')) with ordinality as p(number, n)
$$;

create function pg_temp.services(proposal jsonb) returns bytea language sql as $$
    select convert_to(jsonb_agg(
        jsonb_build_array(
            l -> 0, coalesce(l -> 1, '[]'), coalesce(l -> 2, '1'),
            pg_temp.pointed(proposal -> 0, l -> 3)
        ) order by n
    )::text, 'UTF8')
    from jsonb_array_elements(proposal -> 1) with ordinality as each(l, n)
$$;

insert into coding.visit
    (practice_id, patient_id, encounter_id, service_date, taxonomy, visit_code, provider_id,
     services)
select e.practice_id, e.patient_id, e.encounter_id, e.service_date, coalesce(p.taxonomy, ''), '',
       e.rendering_provider_id, pg_temp.services(e.final)
from (
    select r.*, case when k.kept -> 1 = 'true' then k.kept -> 0 -> 12 else k.kept -> 0 -> 13 end
                as final
    from coding.encounter r
    cross join lateral (select convert_from(r.detail, 'UTF8')::jsonb as kept) k
    where r.state <> 'not_billable'
) e
left join coding.provider p
  on p.practice_id = e.practice_id and p.provider_id = e.rendering_provider_id
where jsonb_typeof(e.final) = 'array' and jsonb_array_length(e.final -> 1) > 0
on conflict (practice_id, patient_id, encounter_id)
do update set provider_id = excluded.provider_id, services = excluded.services;
