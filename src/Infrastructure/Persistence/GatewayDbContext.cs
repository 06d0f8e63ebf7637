using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.AuditLog;
using CleanGateway.Domain.Models;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.ResponseLogs;
using CleanGateway.Domain.Usage;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>
/// The database as the code sees it, and the one source of its schema: migrations are made from this model, and
/// <see cref="SchemaValidator"/> compares a live database with it.
/// </summary>
internal sealed class GatewayDbContext(DbContextOptions<GatewayDbContext> options) : DbContext(options)
{
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();
    public DbSet<AdminToken> AdminTokens => Set<AdminToken>();
    public DbSet<AuditEntry> AuditLog => Set<AuditEntry>();
    public DbSet<Project> Projects => Set<Project>();
    public DbSet<Provider> Providers => Set<Provider>();
    public DbSet<Model> Models => Set<Model>();
    public DbSet<ModelAlias> ModelAliases => Set<ModelAlias>();
    public DbSet<RequestLog> Requests => Set<RequestLog>();
    public DbSet<ResponseLog> Responses => Set<ResponseLog>();
    public DbSet<UsageRecord> UsageRecords => Set<UsageRecord>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        // Identity columns of partitioned tables need PostgreSQL 17.
        modelBuilder.HasSequence<long>("requests_id_seq");
        modelBuilder.HasSequence<long>("responses_id_seq");
        modelBuilder.HasSequence<long>("usage_records_id_seq");

        modelBuilder.ApplyConfigurationsFromAssembly(typeof(GatewayDbContext).Assembly).UsePostgresNames();
    }
}
