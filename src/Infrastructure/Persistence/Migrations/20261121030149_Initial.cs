using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanGateway.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateSequence(
                name: "requests_id_seq");

            migrationBuilder.CreateSequence(
                name: "responses_id_seq");

            migrationBuilder.CreateSequence(
                name: "usage_records_id_seq");

            migrationBuilder.CreateTable(
                name: "admin_tokens",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false, defaultValueSql: "gen_random_uuid()"),
                    name = table.Column<string>(type: "text", nullable: false),
                    token_hash = table.Column<string>(type: "text", nullable: false),
                    role = table.Column<string>(type: "text", nullable: false, defaultValue: "owner"),
                    enabled = table.Column<bool>(type: "boolean", nullable: false, defaultValue: true),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("admin_tokens_pkey", x => x.id);
                    table.CheckConstraint("admin_tokens_role_check", "role IN ('owner')");
                    table.CheckConstraint("admin_tokens_token_hash_check", "token_hash ~ '^[0-9a-f]{64}$'");
                });

            migrationBuilder.CreateTable(
                name: "api_keys",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false, defaultValueSql: "gen_random_uuid()"),
                    name = table.Column<string>(type: "text", nullable: false),
                    key_hash = table.Column<string>(type: "text", nullable: false),
                    enabled = table.Column<bool>(type: "boolean", nullable: false, defaultValue: true),
                    rate_limit = table.Column<int>(type: "integer", nullable: true),
                    monthly_budget = table.Column<decimal>(type: "numeric", nullable: true),
                    allowed_models = table.Column<string[]>(type: "text[]", nullable: true),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("api_keys_pkey", x => x.id);
                    table.CheckConstraint("api_keys_key_hash_check", "key_hash ~ '^[0-9a-f]{64}$'");
                    table.CheckConstraint("api_keys_monthly_budget_check", "monthly_budget BETWEEN 0 AND 1000000000");
                    table.CheckConstraint("api_keys_rate_limit_check", "rate_limit >= 0");
                });

            migrationBuilder.CreateTable(
                name: "config_version",
                columns: table => new
                {
                    id = table.Column<bool>(type: "boolean", nullable: false, defaultValue: true),
                    version = table.Column<long>(type: "bigint", nullable: false, defaultValue: 1L),
                    bumped_by = table.Column<ulong>(type: "xid8", nullable: true),
                    changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("config_version_pkey", x => x.id);
                    table.CheckConstraint("config_version_id_check", "id");
                });

            migrationBuilder.CreateTable(
                name: "models",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false, defaultValueSql: "gen_random_uuid()"),
                    model_name = table.Column<string>(type: "text", nullable: false),
                    litellm_provider = table.Column<string>(type: "text", nullable: false),
                    input_cost_per_token = table.Column<decimal>(type: "numeric", nullable: true),
                    output_cost_per_token = table.Column<decimal>(type: "numeric", nullable: true),
                    mode = table.Column<string>(type: "text", nullable: false, defaultValue: "chat"),
                    max_input_tokens = table.Column<int>(type: "integer", nullable: true),
                    max_output_tokens = table.Column<int>(type: "integer", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("models_pkey", x => x.id);
                    table.CheckConstraint("models_input_cost_per_token_check", "input_cost_per_token BETWEEN 0 AND 1000000");
                    table.CheckConstraint("models_output_cost_per_token_check", "output_cost_per_token BETWEEN 0 AND 1000000");
                });

            migrationBuilder.CreateTable(
                name: "monthly_usage_summary",
                columns: table => new
                {
                    api_key_id = table.Column<Guid>(type: "uuid", nullable: false),
                    year = table.Column<int>(type: "integer", nullable: false),
                    month = table.Column<int>(type: "integer", nullable: false),
                    total_requests = table.Column<long>(type: "bigint", nullable: false, defaultValue: 0L),
                    prompt_tokens = table.Column<long>(type: "bigint", nullable: false, defaultValue: 0L),
                    completion_tokens = table.Column<long>(type: "bigint", nullable: false, defaultValue: 0L),
                    total_tokens = table.Column<long>(type: "bigint", nullable: false, defaultValue: 0L),
                    total_cost_usd = table.Column<decimal>(type: "numeric(20,9)", nullable: false, defaultValue: 0m),
                    unpriced_requests = table.Column<long>(type: "bigint", nullable: false, defaultValue: 0L)
                },
                constraints: table =>
                {
                    table.PrimaryKey("monthly_usage_summary_pkey", x => new { x.api_key_id, x.year, x.month });
                    table.CheckConstraint("monthly_usage_summary_month_check", "month BETWEEN 1 AND 12");
                });

            migrationBuilder.CreateTable(
                name: "providers",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false, defaultValueSql: "gen_random_uuid()"),
                    name = table.Column<string>(type: "text", nullable: false),
                    display_name = table.Column<string>(type: "text", nullable: true),
                    provider_type = table.Column<string>(type: "text", nullable: false),
                    encrypted_credentials = table.Column<string>(type: "text", nullable: true),
                    config = table.Column<string>(type: "jsonb", nullable: false, defaultValueSql: "'{}'::jsonb"),
                    enabled = table.Column<bool>(type: "boolean", nullable: false, defaultValue: true),
                    source = table.Column<string>(type: "text", nullable: false, defaultValue: "operator"),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("providers_pkey", x => x.id);
                    table.CheckConstraint("providers_config_check", "jsonb_typeof(config) = 'object'");
                    table.CheckConstraint("providers_source_check", "source IN ('operator', 'environment')");
                });

            migrationBuilder.CreateTable(
                name: "requests",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false, defaultValueSql: "nextval('requests_id_seq')"),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    request_id = table.Column<string>(type: "text", nullable: false),
                    client_request_id = table.Column<string>(type: "text", nullable: true),
                    api_key = table.Column<Guid>(type: "uuid", nullable: false),
                    route = table.Column<string>(type: "text", nullable: false),
                    method = table.Column<string>(type: "text", nullable: false),
                    url = table.Column<string>(type: "text", nullable: false),
                    headers = table.Column<string>(type: "json", nullable: true),
                    model = table.Column<string>(type: "text", nullable: true),
                    user_id = table.Column<string>(type: "text", nullable: true),
                    stream = table.Column<bool>(type: "boolean", nullable: false),
                    provider_id = table.Column<Guid>(type: "uuid", nullable: true),
                    provider_name = table.Column<string>(type: "text", nullable: true),
                    status_code = table.Column<int>(type: "integer", nullable: false),
                    start_time = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    end_time = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    body_form = table.Column<string>(type: "text", nullable: false),
                    body = table.Column<string>(type: "json", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("requests_pkey", x => new { x.id, x.created_at });
                    table.CheckConstraint("requests_created_at_check", "created_at = to_timestamp(('x' || substr(request_id, 5, 12))::bit(48)::bigint / 1000.0)");
                });

            migrationBuilder.CreateTable(
                name: "usage_records",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false, defaultValueSql: "nextval('usage_records_id_seq')"),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    request_id = table.Column<string>(type: "text", nullable: false),
                    api_key_id = table.Column<Guid>(type: "uuid", nullable: false),
                    provider_id = table.Column<Guid>(type: "uuid", nullable: false),
                    model = table.Column<string>(type: "text", nullable: false),
                    prompt_tokens = table.Column<long>(type: "bigint", nullable: true),
                    completion_tokens = table.Column<long>(type: "bigint", nullable: true),
                    total_tokens = table.Column<long>(type: "bigint", nullable: true),
                    cached_tokens = table.Column<long>(type: "bigint", nullable: true),
                    reasoning_tokens = table.Column<long>(type: "bigint", nullable: true),
                    total_cost_usd = table.Column<decimal>(type: "numeric(20,9)", nullable: true),
                    unpriced_reason = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("usage_records_pkey", x => new { x.id, x.created_at });
                    table.CheckConstraint("usage_records_total_cost_usd_check", "(total_cost_usd IS NULL) = (unpriced_reason IS NOT NULL)");
                });

            migrationBuilder.CreateTable(
                name: "model_aliases",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false, defaultValueSql: "gen_random_uuid()"),
                    alias = table.Column<string>(type: "text", nullable: false),
                    target_model_id = table.Column<Guid>(type: "uuid", nullable: false),
                    provider_id = table.Column<Guid>(type: "uuid", nullable: true),
                    enabled = table.Column<bool>(type: "boolean", nullable: false, defaultValue: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("model_aliases_pkey", x => x.id);
                    table.ForeignKey(
                        name: "model_aliases_provider_id_fkey",
                        column: x => x.provider_id,
                        principalTable: "providers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "model_aliases_target_model_id_fkey",
                        column: x => x.target_model_id,
                        principalTable: "models",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "responses",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false, defaultValueSql: "nextval('responses_id_seq')"),
                    request_created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    request_id_fk = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    outcome = table.Column<string>(type: "text", nullable: false),
                    error_code = table.Column<string>(type: "text", nullable: true),
                    status_code = table.Column<int>(type: "integer", nullable: false),
                    latency_ms = table.Column<decimal>(type: "numeric(12,2)", nullable: false),
                    response_model = table.Column<string>(type: "text", nullable: true),
                    prompt_tokens = table.Column<long>(type: "bigint", nullable: true),
                    completion_tokens = table.Column<long>(type: "bigint", nullable: true),
                    total_tokens = table.Column<long>(type: "bigint", nullable: true),
                    cost = table.Column<decimal>(type: "numeric(20,9)", nullable: true),
                    unpriced_reason = table.Column<string>(type: "text", nullable: true),
                    body_form = table.Column<string>(type: "text", nullable: false),
                    response_body = table.Column<string>(type: "json", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("responses_pkey", x => new { x.id, x.request_created_at });
                    table.CheckConstraint("responses_cost_check", "(cost IS NULL) = (unpriced_reason IS NOT NULL)");
                    table.ForeignKey(
                        name: "responses_request_id_fk_request_created_at_fkey",
                        columns: x => new { x.request_id_fk, x.request_created_at },
                        principalTable: "requests",
                        principalColumns: new[] { "id", "created_at" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "admin_tokens_token_hash_key",
                table: "admin_tokens",
                column: "token_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "api_keys_key_hash_key",
                table: "api_keys",
                column: "key_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "model_aliases_alias_key",
                table: "model_aliases",
                column: "alias",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "model_aliases_provider_id_idx",
                table: "model_aliases",
                column: "provider_id");

            migrationBuilder.CreateIndex(
                name: "model_aliases_target_model_id_idx",
                table: "model_aliases",
                column: "target_model_id");

            migrationBuilder.CreateIndex(
                name: "models_model_name_key",
                table: "models",
                column: "model_name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "providers_name_key",
                table: "providers",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "requests_api_key_created_at_idx",
                table: "requests",
                columns: new[] { "api_key", "created_at" });

            migrationBuilder.CreateIndex(
                name: "requests_created_at_idx",
                table: "requests",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "requests_model_created_at_idx",
                table: "requests",
                columns: new[] { "model", "created_at" });

            migrationBuilder.CreateIndex(
                name: "requests_request_id_created_at_key",
                table: "requests",
                columns: new[] { "request_id", "created_at" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "responses_created_at_idx",
                table: "responses",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "responses_request_id_fk_request_created_at_key",
                table: "responses",
                columns: new[] { "request_id_fk", "request_created_at" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "usage_records_api_key_id_created_at_idx",
                table: "usage_records",
                columns: new[] { "api_key_id", "created_at" });

            migrationBuilder.CreateIndex(
                name: "usage_records_request_id_created_at_key",
                table: "usage_records",
                columns: new[] { "request_id", "created_at" },
                unique: true);

            foreach (var statement in InitialSql.Up)
                migrationBuilder.Sql(statement);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "admin_tokens");

            migrationBuilder.DropTable(
                name: "api_keys");

            migrationBuilder.DropTable(
                name: "config_version");

            migrationBuilder.DropTable(
                name: "model_aliases");

            migrationBuilder.DropTable(
                name: "monthly_usage_summary");

            migrationBuilder.DropTable(
                name: "responses");

            migrationBuilder.DropTable(
                name: "usage_records");

            migrationBuilder.DropTable(
                name: "providers");

            migrationBuilder.DropTable(
                name: "models");

            migrationBuilder.DropTable(
                name: "requests");

            migrationBuilder.DropSequence(
                name: "requests_id_seq");

            migrationBuilder.DropSequence(
                name: "responses_id_seq");

            migrationBuilder.DropSequence(
                name: "usage_records_id_seq");

            foreach (var statement in InitialSql.Down)
                migrationBuilder.Sql(statement);
        }
    }
}
