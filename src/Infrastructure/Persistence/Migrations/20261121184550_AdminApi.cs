using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace CleanGateway.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class AdminApi : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropCheckConstraint(
                name: "admin_tokens_role_check",
                table: "admin_tokens");

            migrationBuilder.AddColumn<string>(
                name: "credentials_hint",
                table: "providers",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string[]>(
                name: "master_keys",
                table: "gateway_instances",
                type: "text[]",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "key_hint",
                table: "api_keys",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "previous_key_expires_at",
                table: "api_keys",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "previous_key_hash",
                table: "api_keys",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "token_hint",
                table: "admin_tokens",
                type: "text",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "audit_log",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    actor_kind = table.Column<string>(type: "text", nullable: false),
                    actor_id = table.Column<Guid>(type: "uuid", nullable: true),
                    actor_name = table.Column<string>(type: "text", nullable: false),
                    address = table.Column<string>(type: "text", nullable: true),
                    request_id = table.Column<string>(type: "text", nullable: true),
                    action = table.Column<string>(type: "text", nullable: false),
                    target_type = table.Column<string>(type: "text", nullable: false),
                    target_id = table.Column<string>(type: "text", nullable: true),
                    target_name = table.Column<string>(type: "text", nullable: true),
                    changed = table.Column<string[]>(type: "text[]", nullable: false),
                    before_hash = table.Column<string>(type: "text", nullable: true),
                    after_hash = table.Column<string>(type: "text", nullable: true),
                    reason = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("audit_log_pkey", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "budget_adjustments",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    scope_id = table.Column<Guid>(type: "uuid", nullable: false),
                    period = table.Column<string>(type: "text", nullable: false),
                    amount = table.Column<decimal>(type: "numeric(20,9)", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false),
                    actor_name = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("budget_adjustments_pkey", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "idempotency_keys",
                columns: table => new
                {
                    actor_id = table.Column<Guid>(type: "uuid", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false),
                    fingerprint = table.Column<string>(type: "text", nullable: false),
                    encrypted_answer = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("idempotency_keys_pkey", x => new { x.actor_id, x.key });
                });

            migrationBuilder.CreateTable(
                name: "master_keys",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    check_value = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    active_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    retired_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("master_keys_pkey", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "api_keys_previous_key_hash_key",
                table: "api_keys",
                column: "previous_key_hash",
                unique: true);

            migrationBuilder.AddCheckConstraint(
                name: "api_keys_previous_key_hash_check",
                table: "api_keys",
                sql: "previous_key_hash ~ '^[0-9a-f]{64}$'");

            migrationBuilder.AddCheckConstraint(
                name: "admin_tokens_role_check",
                table: "admin_tokens",
                sql: "role IN ('viewer', 'key-manager', 'admin', 'owner')");

            migrationBuilder.CreateIndex(
                name: "audit_log_created_at_idx",
                table: "audit_log",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "audit_log_target_id_idx",
                table: "audit_log",
                column: "target_id");

            migrationBuilder.CreateIndex(
                name: "budget_adjustments_scope_id_period_idx",
                table: "budget_adjustments",
                columns: new[] { "scope_id", "period" });

            migrationBuilder.CreateIndex(
                name: "idempotency_keys_created_at_idx",
                table: "idempotency_keys",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "master_keys_version_key",
                table: "master_keys",
                column: "version",
                unique: true);

            foreach (var statement in AdminApiSql.Up)
                migrationBuilder.Sql(statement);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "audit_log");

            migrationBuilder.DropTable(
                name: "budget_adjustments");

            migrationBuilder.DropTable(
                name: "idempotency_keys");

            migrationBuilder.DropTable(
                name: "master_keys");

            migrationBuilder.DropIndex(
                name: "api_keys_previous_key_hash_key",
                table: "api_keys");

            migrationBuilder.DropCheckConstraint(
                name: "api_keys_previous_key_hash_check",
                table: "api_keys");

            migrationBuilder.DropCheckConstraint(
                name: "admin_tokens_role_check",
                table: "admin_tokens");

            migrationBuilder.DropColumn(
                name: "credentials_hint",
                table: "providers");

            migrationBuilder.DropColumn(
                name: "master_keys",
                table: "gateway_instances");

            migrationBuilder.DropColumn(
                name: "key_hint",
                table: "api_keys");

            migrationBuilder.DropColumn(
                name: "previous_key_expires_at",
                table: "api_keys");

            migrationBuilder.DropColumn(
                name: "previous_key_hash",
                table: "api_keys");

            migrationBuilder.DropColumn(
                name: "token_hint",
                table: "admin_tokens");

            migrationBuilder.AddCheckConstraint(
                name: "admin_tokens_role_check",
                table: "admin_tokens",
                sql: "role IN ('owner')");

            foreach (var statement in AdminApiSql.Down)
                migrationBuilder.Sql(statement);
        }
    }
}
