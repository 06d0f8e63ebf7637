using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace CleanGateway.Infrastructure.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class UsageSource : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "usage_source",
                table: "usage_records",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "usage_source",
                table: "responses",
                type: "text",
                nullable: true);

            // Until now every number came from a provider.
            migrationBuilder.Sql("UPDATE usage_records SET usage_source = 'provider' WHERE total_tokens IS NOT NULL");
            migrationBuilder.Sql("UPDATE responses SET usage_source = 'provider' WHERE total_tokens IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "usage_source",
                table: "usage_records");

            migrationBuilder.DropColumn(
                name: "usage_source",
                table: "responses");
        }
    }
}
