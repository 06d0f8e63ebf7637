using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanGateway.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class ProviderDialects : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "drop_params",
                table: "models",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "upstream_model",
                table: "models",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "drop_params",
                table: "api_keys",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddCheckConstraint(
                name: "models_upstream_model_check",
                table: "models",
                sql: "upstream_model <> ''");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropCheckConstraint(
                name: "models_upstream_model_check",
                table: "models");

            migrationBuilder.DropColumn(
                name: "drop_params",
                table: "models");

            migrationBuilder.DropColumn(
                name: "upstream_model",
                table: "models");

            migrationBuilder.DropColumn(
                name: "drop_params",
                table: "api_keys");
        }
    }
}
