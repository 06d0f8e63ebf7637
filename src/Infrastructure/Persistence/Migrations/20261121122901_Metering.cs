using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanGateway.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class Metering : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "price_version",
                table: "usage_records",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "project_id",
                table: "usage_records",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "usage_details",
                table: "usage_records",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "capabilities",
                table: "models",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'{}'::jsonb");

            migrationBuilder.AddColumn<string>(
                name: "extra",
                table: "models",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'{}'::jsonb");

            migrationBuilder.AddColumn<string>(
                name: "prices",
                table: "models",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'{}'::jsonb");

            migrationBuilder.AddColumn<decimal>(
                name: "daily_budget",
                table: "api_keys",
                type: "numeric",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "max_concurrent",
                table: "api_keys",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "project_id",
                table: "api_keys",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<decimal>(
                name: "soft_budget",
                table: "api_keys",
                type: "numeric",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "tokens_per_minute",
                table: "api_keys",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<decimal>(
                name: "total_budget",
                table: "api_keys",
                type: "numeric",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "budget_reservations",
                columns: table => new
                {
                    request_id = table.Column<string>(type: "text", nullable: false),
                    scope_id = table.Column<Guid>(type: "uuid", nullable: false),
                    period = table.Column<string>(type: "text", nullable: false),
                    amount = table.Column<decimal>(type: "numeric(20,9)", nullable: false),
                    settled = table.Column<bool>(type: "boolean", nullable: false, defaultValue: false),
                    owner = table.Column<Guid>(type: "uuid", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("budget_reservations_pkey", x => new { x.request_id, x.scope_id, x.period });
                });

            migrationBuilder.CreateTable(
                name: "budgets",
                columns: table => new
                {
                    scope_id = table.Column<Guid>(type: "uuid", nullable: false),
                    period = table.Column<string>(type: "text", nullable: false),
                    spent = table.Column<decimal>(type: "numeric(20,9)", nullable: false, defaultValue: 0m),
                    seeded_epoch = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("budgets_pkey", x => new { x.scope_id, x.period });
                });

            migrationBuilder.CreateTable(
                name: "gateway_instances",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    epoch = table.Column<long>(type: "bigint", nullable: false),
                    redis = table.Column<bool>(type: "boolean", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("gateway_instances_pkey", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "metering",
                columns: table => new
                {
                    id = table.Column<bool>(type: "boolean", nullable: false, defaultValue: true),
                    epoch = table.Column<long>(type: "bigint", nullable: false, defaultValue: 1L),
                    book = table.Column<string>(type: "text", nullable: false, defaultValue: "local"),
                    redis_run_id = table.Column<string>(type: "text", nullable: true),
                    changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("metering_pkey", x => x.id);
                    table.CheckConstraint("metering_book_check", "book IN ('local', 'redis', 'database')");
                    table.CheckConstraint("metering_id_check", "id");
                });

            migrationBuilder.CreateTable(
                name: "price_cards",
                columns: table => new
                {
                    version = table.Column<string>(type: "text", nullable: false),
                    rates = table.Column<string>(type: "jsonb", nullable: false),
                    first_seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("price_cards_pkey", x => x.version);
                });

            migrationBuilder.CreateTable(
                name: "projects",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false, defaultValueSql: "gen_random_uuid()"),
                    name = table.Column<string>(type: "text", nullable: false),
                    enabled = table.Column<bool>(type: "boolean", nullable: false, defaultValue: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    daily_budget = table.Column<decimal>(type: "numeric", nullable: true),
                    max_concurrent = table.Column<int>(type: "integer", nullable: true),
                    monthly_budget = table.Column<decimal>(type: "numeric", nullable: true),
                    rate_limit = table.Column<int>(type: "integer", nullable: true),
                    soft_budget = table.Column<decimal>(type: "numeric", nullable: true),
                    tokens_per_minute = table.Column<long>(type: "bigint", nullable: true),
                    total_budget = table.Column<decimal>(type: "numeric", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("projects_pkey", x => x.id);
                    table.CheckConstraint("projects_daily_budget_check", "daily_budget BETWEEN 0 AND 1000000000");
                    table.CheckConstraint("projects_max_concurrent_check", "max_concurrent >= 0");
                    table.CheckConstraint("projects_monthly_budget_check", "monthly_budget BETWEEN 0 AND 1000000000");
                    table.CheckConstraint("projects_rate_limit_check", "rate_limit >= 0");
                    table.CheckConstraint("projects_soft_budget_check", "soft_budget BETWEEN 0 AND 1000000000");
                    table.CheckConstraint("projects_tokens_per_minute_check", "tokens_per_minute >= 0");
                    table.CheckConstraint("projects_total_budget_check", "total_budget BETWEEN 0 AND 1000000000");
                });

            migrationBuilder.CreateIndex(
                name: "usage_records_project_id_created_at_idx",
                table: "usage_records",
                columns: new[] { "project_id", "created_at" });

            migrationBuilder.AddCheckConstraint(
                name: "models_capabilities_check",
                table: "models",
                sql: "jsonb_typeof(capabilities) = 'object'");

            migrationBuilder.AddCheckConstraint(
                name: "models_extra_check",
                table: "models",
                sql: "jsonb_typeof(extra) = 'object'");

            migrationBuilder.AddCheckConstraint(
                name: "models_prices_check",
                table: "models",
                sql: "jsonb_typeof(prices) = 'object'");

            migrationBuilder.CreateIndex(
                name: "api_keys_project_id_idx",
                table: "api_keys",
                column: "project_id");

            migrationBuilder.AddCheckConstraint(
                name: "api_keys_daily_budget_check",
                table: "api_keys",
                sql: "daily_budget BETWEEN 0 AND 1000000000");

            migrationBuilder.AddCheckConstraint(
                name: "api_keys_max_concurrent_check",
                table: "api_keys",
                sql: "max_concurrent >= 0");

            migrationBuilder.AddCheckConstraint(
                name: "api_keys_soft_budget_check",
                table: "api_keys",
                sql: "soft_budget BETWEEN 0 AND 1000000000");

            migrationBuilder.AddCheckConstraint(
                name: "api_keys_tokens_per_minute_check",
                table: "api_keys",
                sql: "tokens_per_minute >= 0");

            migrationBuilder.AddCheckConstraint(
                name: "api_keys_total_budget_check",
                table: "api_keys",
                sql: "total_budget BETWEEN 0 AND 1000000000");

            migrationBuilder.CreateIndex(
                name: "budget_reservations_owner_idx",
                table: "budget_reservations",
                column: "owner");

            migrationBuilder.CreateIndex(
                name: "budget_reservations_scope_id_period_idx",
                table: "budget_reservations",
                columns: new[] { "scope_id", "period" });

            migrationBuilder.CreateIndex(
                name: "projects_name_key",
                table: "projects",
                column: "name",
                unique: true);

            migrationBuilder.AddForeignKey(
                name: "api_keys_project_id_fkey",
                table: "api_keys",
                column: "project_id",
                principalTable: "projects",
                principalColumn: "id",
                onDelete: ReferentialAction.Restrict);

            foreach (var statement in MeteringSql.Up)
                migrationBuilder.Sql(statement);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "api_keys_project_id_fkey",
                table: "api_keys");

            migrationBuilder.DropTable(
                name: "budget_reservations");

            migrationBuilder.DropTable(
                name: "budgets");

            migrationBuilder.DropTable(
                name: "gateway_instances");

            migrationBuilder.DropTable(
                name: "metering");

            migrationBuilder.DropTable(
                name: "price_cards");

            migrationBuilder.DropTable(
                name: "projects");

            migrationBuilder.DropIndex(
                name: "usage_records_project_id_created_at_idx",
                table: "usage_records");

            migrationBuilder.DropCheckConstraint(
                name: "models_capabilities_check",
                table: "models");

            migrationBuilder.DropCheckConstraint(
                name: "models_extra_check",
                table: "models");

            migrationBuilder.DropCheckConstraint(
                name: "models_prices_check",
                table: "models");

            migrationBuilder.DropIndex(
                name: "api_keys_project_id_idx",
                table: "api_keys");

            migrationBuilder.DropCheckConstraint(
                name: "api_keys_daily_budget_check",
                table: "api_keys");

            migrationBuilder.DropCheckConstraint(
                name: "api_keys_max_concurrent_check",
                table: "api_keys");

            migrationBuilder.DropCheckConstraint(
                name: "api_keys_soft_budget_check",
                table: "api_keys");

            migrationBuilder.DropCheckConstraint(
                name: "api_keys_tokens_per_minute_check",
                table: "api_keys");

            migrationBuilder.DropCheckConstraint(
                name: "api_keys_total_budget_check",
                table: "api_keys");

            migrationBuilder.DropColumn(
                name: "price_version",
                table: "usage_records");

            migrationBuilder.DropColumn(
                name: "project_id",
                table: "usage_records");

            migrationBuilder.DropColumn(
                name: "usage_details",
                table: "usage_records");

            migrationBuilder.DropColumn(
                name: "capabilities",
                table: "models");

            migrationBuilder.DropColumn(
                name: "extra",
                table: "models");

            migrationBuilder.DropColumn(
                name: "prices",
                table: "models");

            migrationBuilder.DropColumn(
                name: "daily_budget",
                table: "api_keys");

            migrationBuilder.DropColumn(
                name: "max_concurrent",
                table: "api_keys");

            migrationBuilder.DropColumn(
                name: "project_id",
                table: "api_keys");

            migrationBuilder.DropColumn(
                name: "soft_budget",
                table: "api_keys");

            migrationBuilder.DropColumn(
                name: "tokens_per_minute",
                table: "api_keys");

            migrationBuilder.DropColumn(
                name: "total_budget",
                table: "api_keys");
        }
    }
}
