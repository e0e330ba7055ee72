import { sql, type Sql } from '../sql/sql';

/** A statement for `requires` of several others: each gives rows `holds, lacks`. */
export const allOf = (...each: readonly Sql[]): Sql => sql.join(each, '\nunion all\n');

/** `login` owns each relation of a query of `oid`: nobody else may alter it or its triggers. */
export const ownsRelations = (login: string, relations: Sql): Sql => sql`
  select count(*) = 0 as holds,
         format('The login %s does not own %s. Run: %s.', ${login}::text, array_to_string((array_agg(distinct name order by name))[1:10], ', '),
                string_agg(distinct format('GRANT %I TO %I', owner, ${login}::text), '; ')) as lacks
    from (select format('%I.%I', n.nspname, c.relname) as name, pg_get_userbyid(c.relowner) as owner
            from (${relations}) r join pg_class c on c.oid = r.oid join pg_namespace n on n.oid = c.relnamespace
           where not pg_has_role(${login}, c.relowner, 'usage')) d`;

/** `login` has each of the privileges on each relation of a query of `oid`. */
export const hasPrivileges = (login: string, relations: Sql, privileges: readonly string[]): Sql => sql`
  select count(*) = 0 as holds,
         format('The login %s lacks %s on %s. Run: GRANT %2$s ON %3$s TO %4$s.', ${login}::text, string_agg(distinct privilege, ', ' order by privilege),
                array_to_string((array_agg(distinct name order by name))[1:10], ', '), quote_ident(${login}::text)) as lacks
    from (select format('%I.%I', n.nspname, c.relname) as name, privilege
            from (${relations}) r join pg_class c on c.oid = r.oid join pg_namespace n on n.oid = c.relnamespace
            cross join unnest(${privileges}::text[]) privilege
           where not has_table_privilege(${login}, c.oid, privilege)) d`;

/** `login` may name the objects of each schema of a query of `schema`, or also create some there. */
export const maySchemas = (login: string, schemas: Sql, privilege: 'USAGE' | 'CREATE'): Sql => sql`
  select count(*) = 0 as holds,
         format('The login %s lacks %s on the schema %s. Run: GRANT %2$s ON SCHEMA %3$s TO %4$s.', ${login}::text, ${privilege}::text,
                string_agg(name, ', ' order by name), quote_ident(${login}::text)) as lacks
    from (select distinct quote_ident(n.nspname) as name from (${schemas}) s join pg_namespace n on n.nspname = s.schema
           where not has_schema_privilege(${login}, n.oid, ${privilege})) d`;

/** The function is there, and `login` may call it. */
export const mayCall = (login: string, schema: string, name: string): Sql => sql`
  select coalesce(bool_or(has_function_privilege(${login}, p.oid, 'execute')), false) as holds,
         format(case when count(*) = 0 then 'There is no function %2$I.%3$I, which this version of pg_tviews should have.'
                     else 'The login %1$s may not call %2$I.%3$I. Run: GRANT EXECUTE ON FUNCTION %2$I.%3$I TO %1$I.' end, ${login}::text, ${schema}::text, ${name}::text) as lacks
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = ${schema} and p.proname = ${name}`;

/** A relation by name as a query of `oid`; empty where it does not exist. */
export const relationNamed = (schema: string, table: string): Sql => sql`
  select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${schema} and c.relname = ${table}`;

/** Relations by name as a query of `oid` and `schema`; those that do not exist are left out. */
export const relationsNamed = (named: readonly { readonly schema: string; readonly table: string }[]): Sql => sql`
  select c.oid, n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join jsonb_to_recordset(${JSON.stringify(named.map(({ schema, table }) => ({ schema, table })))}::jsonb) as w (schema text, "table" text)
      on w.schema = n.nspname and w."table" = c.relname`;

/** `login` may alter each relation of a query of `oid` and `schema`. */
export const mayAlter = (login: string, relations: Sql): Sql =>
  allOf(ownsRelations(login, relations), maySchemas(login, sql`select schema from (${relations}) s`, 'USAGE'));
