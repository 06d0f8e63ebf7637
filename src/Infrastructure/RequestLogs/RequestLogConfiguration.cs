using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.RequestLogs;

internal sealed class RequestLogConfiguration : IEntityTypeConfiguration<RequestLog>
{
    public void Configure(EntityTypeBuilder<RequestLog> request)
    {
        request.ToTable("requests", table => table.HasCheckConstraint(
            "requests_created_at_check",
            "created_at = to_timestamp(('x' || substr(request_id, 5, 12))::bit(48)::bigint / 1000.0)"));
        request.IsPartitionedBy("created_at");
        request.HasKey(r => new { r.Id, r.CreatedAt });
        request.Property(r => r.Id).HasDefaultValueSql("nextval('requests_id_seq')");
        request.Property(r => r.ApiKey).HasConversion(id => id.Value, value => new ApiKeyId(value));
        request.Property(r => r.Headers).HasColumnType("json");
        request.Property(r => r.ProviderId).HasConversion(id => id!.Value.Value, value => new ProviderId(value));
        request.Ignore(r => r.Project);
        request.Ignore(r => r.Destination);
        request.Ignore(r => r.Reserved);
        request.ComplexProperty(r => r.Body, body => body.IsLoggedBody("body"));

        request.HasIndex(r => new { r.RequestId, r.CreatedAt }).IsUnique();
        request.HasIndex(r => r.CreatedAt);
        request.HasIndex(r => new { r.Model, r.CreatedAt });
        request.HasIndex(r => new { r.ApiKey, r.CreatedAt });
    }
}
