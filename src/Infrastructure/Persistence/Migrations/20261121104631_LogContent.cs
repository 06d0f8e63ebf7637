using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanGateway.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class LogContent : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "log_content",
                table: "api_keys",
                type: "text",
                nullable: true);

            migrationBuilder.AddCheckConstraint(
                name: "api_keys_log_content_check",
                table: "api_keys",
                sql: "log_content IN ('full', 'metadata', 'none')");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropCheckConstraint(
                name: "api_keys_log_content_check",
                table: "api_keys");

            migrationBuilder.DropColumn(
                name: "log_content",
                table: "api_keys");
        }
    }
}
