using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.ResponseLogs;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.RequestLogs;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.ResponseLogs;

internal sealed class ResponseLogConfiguration : IEntityTypeConfiguration<ResponseLog>
{
    public void Configure(EntityTypeBuilder<ResponseLog> response)
    {
        response.ToTable("responses", table => table.HasCheckConstraint(
            "responses_cost_check", "(cost IS NULL) = (unpriced_reason IS NOT NULL)"));
        response.IsPartitionedBy("request_created_at");
        response.HasKey(r => new { r.Id, r.RequestCreatedAt });
        response.Property(r => r.Id).HasDefaultValueSql("nextval('responses_id_seq')");
        response.Property(r => r.LatencyMs).HasColumnType("numeric(12,2)");
        response.Property(r => r.Cost).HasColumnType("numeric(20,9)");
        response.ComplexProperty(r => r.Body, body => body.IsLoggedBody("response_body"));

        response.HasOne<RequestLog>().WithOne()
            .HasForeignKey<ResponseLog>(r => new { r.RequestIdFk, r.RequestCreatedAt })
            .HasPrincipalKey<RequestLog>(r => new { r.Id, r.CreatedAt })
            .OnDelete(DeleteBehavior.Cascade);
        response.HasIndex(r => r.CreatedAt);
    }
}
