-- Three roles for the gateway's database, so that what answers calls can neither change the schema nor rewrite the books:
--
--   gw_migrate   owns the gateway's tables: migrations and partitions             DATABASE_MIGRATION_URL
--   gw_app       reads and writes rows where the gateway has to                   DATABASE_URL
--   gw_readonly  reads everything but secrets, their hashes and sealed texts      reports, people
--
-- Run by psql 15 or newer, connected to the gateway's database, by a superuser, or by the database's owner if it may create
-- roles; before the first `cleangateway db migrate` or at any time after it, and any number of times:
--
--   psql -v app_password=… -v migrate_password=… -v readonly_password=… -f database-roles.sql postgres://…/gateway
--
-- Arguments can be seen by every user of the machine: the variables GW_APP_PASSWORD, GW_MIGRATE_PASSWORD and
-- GW_READONLY_PASSWORD of the environment do as well. Without a password a role keeps the one it has.
-- Other names: -v app_role=…, -v migrate_role=…, -v readonly_role=…; another schema than public: -v schema=…

\set ON_ERROR_STOP on
\set QUIET on

\if :{?migrate_role} \else \set migrate_role gw_migrate
\endif
\if :{?app_role} \else \set app_role gw_app
\endif
\if :{?readonly_role} \else \set readonly_role gw_readonly
\endif
\if :{?schema} \else \set schema public
\endif
\if :{?migrate_password} \else \getenv migrate_password GW_MIGRATE_PASSWORD
\endif
\if :{?app_password} \else \getenv app_password GW_APP_PASSWORD
\endif
\if :{?readonly_password} \else \getenv readonly_password GW_READONLY_PASSWORD
\endif

BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path TO :"schema";

-- The roles. Whoever gives objects to a role has to be a member of it.
SELECT format('CREATE ROLE %I LOGIN', role)
FROM unnest(ARRAY[:'migrate_role', :'app_role', :'readonly_role']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec
SELECT format('GRANT %I TO CURRENT_USER', :'migrate_role') WHERE NOT pg_has_role(:'migrate_role', 'USAGE')
\gexec
\if :{?migrate_password}
ALTER ROLE :"migrate_role" PASSWORD :'migrate_password';
\endif
\if :{?app_password}
ALTER ROLE :"app_role" PASSWORD :'app_password';
\endif
\if :{?readonly_password}
ALTER ROLE :"readonly_role" PASSWORD :'readonly_password';
\endif

-- The database and the schema.
GRANT CONNECT ON DATABASE :"DBNAME" TO :"migrate_role", :"app_role", :"readonly_role";
REVOKE TEMPORARY ON DATABASE :"DBNAME" FROM PUBLIC, :"app_role", :"readonly_role";
REVOKE CREATE ON SCHEMA :"schema" FROM PUBLIC, :"app_role", :"readonly_role";
GRANT USAGE, CREATE ON SCHEMA :"schema" TO :"migrate_role";
GRANT USAGE ON SCHEMA :"schema" TO :"app_role", :"readonly_role";

-- What the gateway does with each table, and which columns nobody needs for reports. docs/schema.md describes them.
CREATE OR REPLACE FUNCTION :"schema".gateway_rights() RETURNS TABLE (name text, app text, secrets text[]) LANGUAGE sql IMMUTABLE AS $$
    VALUES
        ('__EFMigrationsHistory', 'SELECT',                         '{}'::text[]),
        ('config_version',        'SELECT, UPDATE',                 '{}'),
        ('metering',              'SELECT, UPDATE',                 '{}'),
        ('gateway_instances',     'SELECT, INSERT, UPDATE, DELETE', '{}'),
        ('master_keys',           'SELECT, INSERT, UPDATE, DELETE', '{}'),
        ('projects',              'SELECT, INSERT, UPDATE, DELETE', '{}'),
        ('api_keys',              'SELECT, INSERT, UPDATE, DELETE', '{key_hash, previous_key_hash}'),
        ('admin_tokens',          'SELECT, INSERT, UPDATE',         '{token_hash}'),
        ('providers',             'SELECT, INSERT, UPDATE, DELETE', '{encrypted_credentials}'),
        ('models',                'SELECT, INSERT, UPDATE, DELETE', '{}'),
        ('model_aliases',         'SELECT, INSERT, UPDATE, DELETE', '{}'),
        ('price_cards',           'SELECT, INSERT',                 '{}'),
        ('idempotency_keys',      'SELECT, INSERT, UPDATE, DELETE', '{encrypted_answer}'),
        ('budgets',               'SELECT, INSERT, UPDATE',         '{}'),
        ('budget_reservations',   'SELECT, INSERT, UPDATE, DELETE', '{}'),
        ('monthly_usage_summary', 'SELECT, INSERT, UPDATE',         '{}'),
        ('requests',              'SELECT, INSERT, UPDATE',         '{}'),
        ('responses',             'SELECT, INSERT, UPDATE',         '{}'),

        -- Only ever added to.
        ('usage_records',         'SELECT, INSERT',                 '{}'),
        ('audit_log',             'SELECT, INSERT',                 '{}'),
        ('budget_adjustments',    'SELECT, INSERT',                 '{}')
$$;

-- Gives these rights, and takes all others away. Called here, and by the gateway whenever it has migrated the schema.
-- Rows are reached by the partitioned tables: partitions themselves are for their owner, and to be counted by the gateway.
CREATE OR REPLACE FUNCTION :"schema".gateway_grant_rights(
    home text DEFAULT :'schema', app_role text DEFAULT :'app_role', readonly_role text DEFAULT :'readonly_role')
RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT c.oid, c.relname, r.app, cardinality(r.secrets) > 0 AS has_secrets,
               (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attname <> ALL (r.secrets)) AS harmless
        FROM gateway_rights() r JOIN pg_class c ON c.relname = r.name AND c.relnamespace = to_regnamespace(quote_ident(home))
    LOOP
        EXECUTE format('REVOKE ALL ON %I.%I FROM PUBLIC, %I, %I', home, one.relname, app_role, readonly_role);
        EXECUTE format('GRANT %s ON %I.%I TO %I', one.app, home, one.relname, app_role);
        EXECUTE format(
            'GRANT SELECT %s ON %I.%I TO %I', CASE WHEN one.has_secrets THEN format('(%s)', one.harmless) END, home, one.relname, readonly_role);
    END LOOP;

    FOR one IN
        SELECT child.oid::regclass::text AS name
        FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
        JOIN gateway_rights() r ON r.name = parent.relname
        WHERE parent.relkind = 'p' AND parent.relnamespace = to_regnamespace(quote_ident(home))
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, %I, %I', one.name, app_role, readonly_role);
        EXECUTE format('GRANT SELECT ON %s TO %I', one.name, app_role);
    END LOOP;

    FOR one IN
        SELECT oid::regclass::text AS name FROM pg_class
        WHERE relkind = 'S' AND relnamespace = to_regnamespace(quote_ident(home))
          AND relname IN ('requests_id_seq', 'responses_id_seq', 'usage_records_id_seq', 'audit_log_id_seq', 'budget_adjustments_id_seq')
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, %I, %I', one.name, app_role, readonly_role);
        EXECUTE format('GRANT USAGE ON %s TO %I', one.name, app_role);
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION :"schema".gateway_rights(), :"schema".gateway_grant_rights(text, text, text) FROM PUBLIC;

-- What is there already gets its owner. Sequences of identity columns, and indexes, go with their tables.
SELECT format('ALTER TABLE %s OWNER TO %I', c.oid::regclass, :'migrate_role')
FROM pg_class c JOIN pg_roles owner ON owner.oid = c.relowner
WHERE c.relnamespace = to_regnamespace(quote_ident(:'schema')) AND owner.rolname <> :'migrate_role'
  AND ((c.relkind IN ('r', 'p') AND c.relname IN (SELECT name FROM :"schema".gateway_rights()))
    OR (c.relkind = 'S' AND c.relname IN ('requests_id_seq', 'responses_id_seq', 'usage_records_id_seq'))
    OR c.oid IN (SELECT inhrelid FROM pg_inherits JOIN pg_class parent ON parent.oid = inhparent
                 WHERE parent.relkind = 'p' AND parent.relnamespace = c.relnamespace
                   AND parent.relname IN (SELECT name FROM :"schema".gateway_rights())))
ORDER BY c.relispartition, c.relname
\gexec
SELECT format('ALTER FUNCTION %s OWNER TO %I', p.oid::regprocedure, :'migrate_role')
FROM pg_proc p JOIN pg_roles owner ON owner.oid = p.proowner
WHERE p.pronamespace = to_regnamespace(quote_ident(:'schema')) AND owner.rolname <> :'migrate_role'
  AND p.proname IN ('config_changed', 'audit_log_append_only', 'gateway_rights', 'gateway_grant_rights')
\gexec

-- Of what comes later, the gateway may read tables and use sequences from the start; more, it gets by the function above.
ALTER DEFAULT PRIVILEGES FOR ROLE :"migrate_role" IN SCHEMA :"schema" GRANT SELECT ON TABLES TO :"app_role";
ALTER DEFAULT PRIVILEGES FOR ROLE :"migrate_role" IN SCHEMA :"schema" GRANT USAGE ON SEQUENCES TO :"app_role";

SET LOCAL ROLE :"migrate_role";
DO 'BEGIN PERFORM gateway_grant_rights(); END';
COMMIT;
