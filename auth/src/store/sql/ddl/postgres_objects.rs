//! What is attached to a table of PostgreSQL. Each query takes the table and its schema, or NULL.

/// Views, policies, triggers and generated columns refuse any change of the type. Checks, indexes with a condition and
/// foreign keys refuse a type that compares differently.
pub(super) const DEPENDENTS: &str = "
    SELECT DISTINCT attname::text, pg_describe_object(classid, CASE WHEN deptype = 'i' THEN refobjid ELSE objid END, 0),
        CASE WHEN classid IN ('pg_constraint'::regclass, 'pg_class'::regclass) THEN 'YES' ELSE 'NO' END
    FROM pg_depend dep JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
    WHERE refclassid = 'pg_class'::regclass AND refobjid = to_regclass(coalesce(quote_ident($2) || '.', '') || quote_ident($1))
        AND CASE classid
            WHEN 'pg_rewrite'::regclass THEN TRUE
            WHEN 'pg_policy'::regclass THEN TRUE
            WHEN 'pg_trigger'::regclass THEN TRUE
            WHEN 'pg_attrdef'::regclass THEN deptype = 'n'
                OR EXISTS (SELECT FROM pg_attrdef WHERE oid = objid AND adnum <> attnum)
            WHEN 'pg_constraint'::regclass THEN EXISTS (SELECT FROM pg_constraint WHERE oid = objid AND contype IN ('c', 'f'))
            WHEN 'pg_class'::regclass THEN EXISTS
                (SELECT FROM pg_index WHERE indexrelid = objid AND (indpred IS NOT NULL OR indexprs IS NOT NULL))
            ELSE FALSE END
    UNION
    SELECT attname::text, 'the partition key', 'NO'
    FROM pg_partitioned_table JOIN pg_attribute ON attrelid = partrelid AND attnum = ANY (partattrs)
    WHERE partrelid = to_regclass(coalesce(quote_ident($2) || '.', '') || quote_ident($1))
    ORDER BY 1, 2";

/// Of a function in another language than SQL and PL/pgSQL, the source is not known; most are harmless.
pub(super) const TRIGGERS: &str = "
    SELECT tgname::text, CASE WHEN tgtype & 2 > 0 THEN 'BEFORE' ELSE 'AFTER' END,
        CASE WHEN lanname IN ('c', 'internal') THEN '' ELSE prosrc END,
        CASE WHEN tgtype & 4 > 0 AND tgtype & 1 > 0 THEN 'INSERT' ELSE '' END
    FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid JOIN pg_language ON pg_language.oid = prolang
    WHERE tgrelid = to_regclass(coalesce(quote_ident($2) || '.', '') || quote_ident($1))
        AND NOT tgisinternal AND tgenabled IN ('O', 'A') AND tgtype & 20 > 0
    ORDER BY 1";

/// Row-level security that applies to us, rules, and missing partitions.
pub(super) const OBSTACLES: &str = "
    WITH relation AS (
        SELECT oid, relkind, format('%s', oid::regclass) AS name, quote_ident(current_user) AS me
        FROM pg_class WHERE oid = to_regclass(coalesce(quote_ident($2) || '.', '') || quote_ident($1))
    ), needed (command, code, what) AS (
        VALUES ('SELECT', 'r', 'USING (true)'), ('INSERT', 'a', 'WITH CHECK (true)'), ('UPDATE', 'w', 'USING (true)')
    ), policies AS (
        SELECT command, code, what, name, me, polname, polpermissive,
            coalesce(pg_get_expr(CASE code WHEN 'a' THEN coalesce(polwithcheck, polqual) ELSE polqual END, polrelid), 'true') = 'true'
                AND coalesce(pg_get_expr(CASE code WHEN 'w' THEN polwithcheck END, polrelid), 'true') = 'true' AS always
        FROM relation CROSS JOIN needed LEFT JOIN pg_policy ON polrelid = relation.oid AND polcmd::text IN ('*', code)
            AND (polroles = '{0}' OR EXISTS (SELECT FROM unnest(polroles) AS of (role) WHERE pg_has_role(of.role, 'USAGE')))
        WHERE row_security_active(relation.oid)
    ), judged AS (
        SELECT command, what, name, me, coalesce(bool_or(polpermissive), FALSE) AS opened,
            coalesce(bool_or(polpermissive AND always), FALSE) AND coalesce(bool_and(polpermissive OR always), TRUE) AS always,
            string_agg(quote_ident(polname), ', ' ORDER BY polname) AS names
        FROM policies GROUP BY command, what, name, me
    )
    SELECT CASE WHEN command = 'INSERT' THEN 'note' ELSE 'schema' END, format(
        'row-level security of `%s` applies to the user of the database, %s, and no policy lets it %s, so that %s: CREATE POLICY '
        '%I ON %s FOR %s TO %s %s;', name, me, command,
        CASE command WHEN 'INSERT' THEN 'nobody could sign up' WHEN 'SELECT' THEN 'nobody could sign in'
            ELSE 'no password could be changed, and no account disabled' END,
        'auth_' || lower(command), name, command, me, what)
    FROM judged WHERE NOT opened
    UNION ALL
    SELECT 'note', format('row-level security of `%s` applies to the user of the database, %s, and whether it may %s depends on the '
        'policies %s; see `try_sign_up`', name, me, string_agg(command, ', ' ORDER BY command), names)
    FROM judged WHERE opened AND NOT always GROUP BY name, me, names
    UNION ALL
    SELECT CASE WHEN pg_get_ruledef(rule.oid) ILIKE '%DO INSTEAD NOTHING;' AND ev_qual::text = '<>' THEN 'schema' ELSE 'note' END,
        format('the rule `%I` replaces what is written into `%s`%s', rulename, name,
            CASE WHEN pg_get_ruledef(rule.oid) ILIKE '%DO INSTEAD NOTHING;' AND ev_qual::text = '<>'
                THEN format(' by nothing, so that no sign-up or change is stored: DROP RULE %I ON %s;', rulename, name)
                ELSE '; see `try_sign_up`' END)
    FROM relation JOIN pg_rewrite rule ON ev_class = relation.oid AND ev_type IN ('2', '3') AND is_instead AND ev_enabled IN ('O', 'A')
    UNION ALL
    SELECT CASE WHEN parts = 0 THEN 'schema' ELSE 'note' END,
        CASE WHEN parts = 0 THEN format('the table `%s` is partitioned and has no partition, so that nobody could sign up', name)
            ELSE format('the table `%s` is partitioned by %s without a default partition: a sign-up that fits no partition fails', name,
                pg_get_partkeydef(partrelid)) END
    FROM relation JOIN pg_partitioned_table ON partrelid = relation.oid
        CROSS JOIN LATERAL (SELECT count(*) AS parts FROM pg_inherits WHERE inhparent = partrelid) AS counted
    WHERE parts = 0 OR partdefid = 0 AND partstrat <> 'h'";

/// Sequences that we may look at: those of serial columns, and of identities that are ours.
pub(super) const NEXT_NUMBERS: &str = "
    WITH filled AS (
        SELECT attname, refobjid AS seq FROM pg_attribute JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            JOIN pg_depend ON classid = 'pg_attrdef'::regclass AND objid = pg_attrdef.oid AND refclassid = 'pg_class'::regclass
        WHERE attrelid = to_regclass(coalesce(quote_ident($2) || '.', '') || quote_ident($1))
        UNION
        SELECT attname, objid FROM pg_attribute JOIN pg_depend ON refobjid = attrelid AND refobjsubid = attnum AND deptype = 'i'
        WHERE attrelid = to_regclass(coalesce(quote_ident($2) || '.', '') || quote_ident($1))
            AND classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
    )
    SELECT attname::text, seq::regclass::text, coalesce(pg_sequence_last_value(seqrelid) + seqincrement, seqstart)
    FROM filled JOIN pg_sequence ON seqrelid = seq JOIN pg_class ON pg_class.oid = seq
    WHERE CASE relkind WHEN 'S' THEN has_sequence_privilege(seq, 'USAGE, SELECT') END";
