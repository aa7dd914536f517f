//! Tables of MySQL and MariaDB.

use sqlx::error::DatabaseError;
use sqlx::mysql::{MySqlDatabaseError, MySqlTypeInfo};
use sqlx::{MySql, TypeInfo as _};

use super::column::Filled;
use super::mysql_checks::column_checks;
use super::{CatalogueColumn, Change, Ddl, suspects};
use crate::model::schema::Sql;

impl Ddl for MySql {
    const QUOTE: char = '`';

    const LONGEST_NAME: usize = 64;

    // The default of the database may not hold every text.
    const TABLE_OPTIONS: &'static str = " CHARACTER SET utf8mb4";

    const ADDS_NOW: bool = true;

    const FORBIDS_NULL: bool = true;

    const READS_NULL: bool = false;

    const CANNOT_ALTER: &'static str = "";

    // Privileges on columns are in `COLUMNS`; those on tables would have to be collected from four places.
    const RELATION: &'static str = "
        SELECT CASE WHEN table_type LIKE '%VIEW%' THEN 'view' WHEN create_options LIKE '%partitioned%' THEN 'partitioned'
                ELSE 'table' END,
            CONCAT(QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)), '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1))),
            'DELETE'
        FROM information_schema.tables
        WHERE table_name = ? AND table_schema = COALESCE(?, DATABASE())";

    // Includes the collation, so that a statement that repeats the type keeps it. MariaDB writes defaults as
    // expressions, and NULL as a word; MySQL writes values, and epochs expressions.
    const COLUMNS: &'static str = "
        SELECT column_name, CONCAT(column_type, COALESCE(CONCAT(' COLLATE ', collation_name), '')), is_nullable,
            CASE WHEN column_default IS NULL OR generation_expression <> '' THEN NULL
                WHEN VERSION() LIKE '%MariaDB%' THEN NULLIF(column_default, 'NULL')
                WHEN column_default LIKE 'CURRENT_TIMESTAMP%' OR column_default LIKE 'b''%' THEN column_default
                WHEN extra LIKE '%DEFAULT_GENERATED%' THEN CONCAT('(', column_default, ')')
                ELSE QUOTE(column_default) END,
            CASE WHEN extra LIKE '%auto_increment%' THEN 'counted' WHEN extra LIKE '%VIRTUAL%' THEN 'virtual'
                WHEN generation_expression <> '' THEN 'stored' END,
            CAST(character_maximum_length AS CHAR), character_set_name, collation_name,
            CONCAT(IF(extra LIKE '%INVISIBLE%', ' INVISIBLE', ''),
                IF(LOCATE('on update', extra) > 0, CONCAT(' ', SUBSTRING(extra, LOCATE('on update', extra))), ''),
                IF(column_comment <> '', CONCAT(' COMMENT ', QUOTE(column_comment)), '')),
            UPPER(privileges), NULL, IF(column_default LIKE '%nextval(%' OR column_default LIKE '%next value for%', 'acts', NULL),
            NULL
        FROM information_schema.columns
        WHERE table_name = ? AND table_schema = COALESCE(?, DATABASE())
        ORDER BY ordinal_position";

    const INDEXES: &'static str = "
        SELECT index_name, IF(non_unique = 0, 'YES', 'NO'), IF(sub_part IS NULL, 'YES', IF(sub_part < 64, 'SHORT', 'NO')),
            COALESCE(column_name, '')
        FROM information_schema.statistics
        WHERE table_name = ? AND table_schema = COALESCE(?, DATABASE())
        ORDER BY index_name, seq_in_index";

    const SESSION: Option<&'static str> = Some(
        "SELECT CONCAT('the sql_mode of this connection is `', @@SESSION.sql_mode, '`, and without STRICT_TRANS_TABLES what is \
            too long for its column is cut off without a word, be it the hash of a password; change the mode here if the \
            application sets it, or else on the server: SET GLOBAL sql_mode = CONCAT_WS('','', NULLIF(@@GLOBAL.sql_mode, ''''), \
            ''STRICT_TRANS_TABLES'');')
        FROM DUAL
        WHERE @@SESSION.sql_mode NOT LIKE '%STRICT_TRANS_TABLES%' AND @@SESSION.sql_mode NOT LIKE '%STRICT_ALL_TABLES%'
        UNION ALL
        SELECT 'the database is read-only (`read_only` is on), so that nobody could sign in: connect to the primary'
        FROM DUAL
        WHERE @@read_only AND NOT EXISTS (SELECT 1 FROM information_schema.user_privileges
            WHERE privilege_type IN ('SUPER', 'READ_ONLY ADMIN', 'READ ONLY ADMIN', 'CONNECTION_ADMIN'))",
    );

    // Whole seconds, as a time of the session would be ambiguous where the clocks are put back: half of one on average.
    const NOW: Option<&'static str> = Some("SELECT CAST(UNIX_TIMESTAMP() * 1000 + 500 AS SIGNED)");

    const MAKER: Option<&'static str> = Some(
        "SELECT CONCAT(QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)), '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1))),
            CONCAT('`', REPLACE(COALESCE(?, DATABASE()), '`', '``'), '`')",
    );

    fn grants(user: &str, place: &str, _: [&str; 2], _: &str) -> String {
        format!("GRANT CREATE, ALTER, INDEX, DROP, SELECT, INSERT, UPDATE, DELETE ON {place}.* TO {user};")
    }

    // A foreign key refuses any other type on either side.
    const DEPENDENTS: Option<&'static str> = Some(
        "SELECT wanted.col, CONCAT('the foreign key `', fk.constraint_name, '` of `', fk.table_name, '`'), 'NO'
        FROM (SELECT column_name AS col, table_name AS tab, table_schema AS db FROM information_schema.columns
            WHERE table_name = ? AND table_schema = COALESCE(?, DATABASE())) AS wanted
        JOIN information_schema.key_column_usage AS fk ON fk.referenced_table_name IS NOT NULL
            AND (fk.table_schema = wanted.db AND fk.table_name = wanted.tab AND fk.column_name = wanted.col
                OR fk.referenced_table_schema = wanted.db AND fk.referenced_table_name = wanted.tab
                    AND fk.referenced_column_name = wanted.col)
        ORDER BY 1, 2",
    );

    const TRIGGERS: Option<&'static str> = Some(
        "SELECT trigger_name, action_timing, action_statement, event_manipulation FROM information_schema.triggers
        WHERE event_object_table = ? AND event_object_schema = COALESCE(?, DATABASE())
            AND event_manipulation IN ('INSERT', 'UPDATE')
        ORDER BY 1",
    );

    // Without transactions, a sign-up that fails half-way leaves its row.
    const OBSTACLES: Option<&'static str> = Some(
        "SELECT 'schema', CONCAT('the table `', table_name, '` has the engine ', tables.engine, ', which has no transactions, so that \
            half of a change could stay: ALTER TABLE `', table_schema, '`.`', table_name, '` ENGINE = InnoDB;')
        FROM information_schema.tables JOIN information_schema.engines ON engines.engine = tables.engine
        WHERE table_name = ? AND table_schema = COALESCE(?, DATABASE()) AND engines.transactions = 'NO'",
    );

    const TABLE_TEXT: Option<&'static str> = Some("SHOW CREATE TABLE {table}");

    fn add_checks(columns: &mut [CatalogueColumn], table_text: &str) {
        for (name, check) in column_checks(table_text) {
            columns.iter_mut().filter(|column| column.name == name).for_each(|column| column.rest.push_str(check));
        }
    }

    fn spelling(sql: &Sql) -> &'static str {
        sql.question
    }

    fn column_type(info: &MySqlTypeInfo, least: usize) -> String {
        match info.name() {
            "VARCHAR" => format!("VARCHAR({})", least.max(255)),
            // A Uuid.
            "BINARY" => "BINARY(16)".to_owned(),
            name => name.to_owned(),
        }
    }

    // Old servers give a TIMESTAMP without a declaration a default, and update it with each update of the row.
    fn null(ty: &str, nullable: bool) -> &'static str {
        match nullable {
            true if is_timestamp(ty) => " NULL",
            true => "",
            false => " NOT NULL",
        }
    }

    fn counting(ty: &str) -> Option<String> {
        is_integer(ty).then(|| format!("{ty} AUTO_INCREMENT"))
    }

    fn parameter(_: usize) -> String {
        "?".to_owned()
    }

    fn bytewise(found: &CatalogueColumn) -> String {
        format!("CAST({} AS BINARY)", Self::quote(&found.name))
    }

    fn field_type(found: &CatalogueColumn) -> Option<&'static str> {
        let unsigned = found.ty.contains("unsigned");
        let ty = found.ty.split(['(', ' ']).next().unwrap_or_default();
        Some(match (ty, unsigned) {
            ("tinyint", _) if found.ty.starts_with("tinyint(1)") => "bool",
            ("tinyint", false) => "i8",
            ("tinyint", true) => "u8",
            ("smallint", false) => "i16",
            ("smallint", true) => "u16",
            ("int" | "mediumint", false) => "i32",
            ("int" | "mediumint", true) => "u32",
            ("bigint", false) => "i64",
            ("bigint", true) => "u64",
            ("char" | "varchar" | "text" | "mediumtext" | "longtext", _) => "String",
            ("binary", _) if found.length == Some(16) => "Uuid",
            ("binary" | "varbinary" | "blob" | "mediumblob" | "longblob", _) => "Vec<u8>",
            ("timestamp", _) => "DateTime<Utc>` or `OffsetDateTime",
            ("datetime", _) => "NaiveDateTime` or `PrimitiveDateTime",
            _ => return None,
        })
    }

    fn harmless_default(found: &CatalogueColumn) -> Option<String> {
        let ty = found.ty.split(' ').next().unwrap_or_default();
        // With the precision of the column.
        ["timestamp", "datetime"].iter().find_map(|time| {
            let precision = ty.strip_prefix(time)?;
            Some(format!("CURRENT_TIMESTAMP{precision}"))
        })
    }

    fn is_loose(info: &MySqlTypeInfo) -> bool {
        info.is_null()
    }

    fn text_problem(found: &CatalogueColumn, is_login: bool, is_unique: bool) -> Option<String> {
        let text = &found.text;
        if !is_login || text.is_empty() {
            return None;
        }
        if text != "utf8mb4" {
            let text =
                format!("has the character set {text}, in which not everything can be asked for that people type");
            return Some(text);
        }
        let is_long = found.ty.split(' ').next().is_some_and(|ty| ty.ends_with("text"));
        (is_long && !is_unique).then(|| "is a TEXT, on which there can be no unique index".to_owned())
    }

    fn change(table: &str, change: &Change<'_>) -> Option<String> {
        let found = change.column;
        let name = Self::quote(&found.name);
        if found.filled.is_computed() && !change.plain {
            return None;
        }
        let ty = match &change.ty {
            Some(ty) if ty.contains("CHAR") => format!("{ty}{}", collation(found)),
            Some(ty) => ty.clone(),
            None => found.ty.clone(),
        };
        let nullable = change.nullable.unwrap_or(found.nullable);
        let counted = change.counted || found.filled == Filled::Counted;
        let now = (is_timestamp(&ty) && !nullable).then(|| "CURRENT_TIMESTAMP".to_owned());
        let default = change.default.clone().or_else(|| found.default.clone()).or(now);
        let default = default.map_or(String::new(), |default| format!(" DEFAULT {default}"));
        let counted = if counted { " AUTO_INCREMENT" } else { "" };
        let (null, rest) = (Self::null(&ty, nullable), &found.rest);
        let definition = format!("{name} {ty}{null}{default}{counted}{rest}");
        Some(if found.filled == Filled::Virtual {
            format!("ALTER TABLE {table} DROP COLUMN {name}, ADD COLUMN {definition};")
        } else {
            format!("ALTER TABLE {table} MODIFY {definition};")
        })
    }

    fn holds_bytes(found: &CatalogueColumn, least: i64, _: bool) -> bool {
        let ty = found.ty.split(['(', ' ']).next().unwrap_or_default();
        (ty == "varbinary" || ty.ends_with("blob")) && found.length.is_none_or(|length| length >= least)
    }

    fn holds_numbers(found: &CatalogueColumn) -> bool {
        found.ty.starts_with("bigint") && !found.ty.contains("unsigned")
    }

    fn as_text(column: &str, ty: &str) -> String {
        if ty.starts_with("binary") || ty.starts_with("varbinary") || ty.contains("blob") {
            format!("HEX({column})")
        } else {
            format!("CAST({column} AS CHAR)")
        }
    }

    // An index on the login would cover the query and be read in its own order instead.
    fn from_end_to_end(table: &str) -> String {
        format!("{table} USE INDEX ()")
    }

    // MariaDB reads the first, MySQL the second; to the other it is a comment.
    fn bounded(query: String, seconds: u64) -> String {
        let millis = seconds * 1000;
        let query = query.replacen("SELECT", &format!("SELECT /*+ MAX_EXECUTION_TIME({millis}) */"), 1);
        format!("/*M! SET STATEMENT max_statement_time={seconds} FOR */ {query}")
    }

    fn is_out_of_time(error: &dyn DatabaseError) -> bool {
        // ER_STATEMENT_TIMEOUT of MariaDB, ER_QUERY_TIMEOUT of MySQL
        error.try_downcast_ref::<MySqlDatabaseError>().is_some_and(|error| [1969, 3024].contains(&error.number()))
    }

    fn exact_text(column: &str) -> String {
        format!("CONVERT({column} USING utf8mb4) COLLATE utf8mb4_bin")
    }

    fn is_suspect(column: &str, exact: bool) -> String {
        format!("{} REGEXP '{}'", Self::exact_text(column), suspects(exact))
    }
}

/// A new type keeps comparing as the old one did.
fn collation(found: &CatalogueColumn) -> String {
    match (found.text.as_str(), found.collation.as_str()) {
        ("utf8mb4", collation) => format!(" COLLATE {collation}"),
        (_, collation) if collation.ends_with("_bin") => " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin".to_owned(),
        _ => " CHARACTER SET utf8mb4".to_owned(),
    }
}

fn is_timestamp(ty: &str) -> bool {
    ty.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("timestamp"))
}

/// As spelled by the database or by sqlx.
fn is_integer(ty: &str) -> bool {
    ty.split(['(', ' ']).next().is_some_and(|ty| ty.to_ascii_lowercase().ends_with("int"))
}
