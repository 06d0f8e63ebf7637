using CleanGateway.Domain.AdminTokens;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.AdminTokens;

internal sealed class AdminTokenConfiguration : IEntityTypeConfiguration<AdminToken>
{
    public void Configure(EntityTypeBuilder<AdminToken> token)
    {
        token.ToTable("admin_tokens", table =>
        {
            table.HasCheckConstraint("admin_tokens_token_hash_check", "token_hash ~ '^[0-9a-f]{64}$'");
            table.HasCheckConstraint("admin_tokens_role_check", "role IN ('viewer', 'key-manager', 'admin', 'owner')");
            table.HasConfigurationTriggers();
        });
        token.HasKey(t => t.Id);
        token.HasVersion();
        token.Property(t => t.Id).HasConversion(id => id.Value, value => new AdminTokenId(value)).HasDefaultValueSql("gen_random_uuid()");
        token.Property(t => t.Role).HasColumnType("text").HasConversion(role => role.Name(), name => Parse(name))
            .HasDefaultValue(AdminRole.Owner).HasSentinel((AdminRole)(-1));
        token.Property(t => t.Enabled).HasDefaultValue(true).HasSentinel(true);
        token.Property(t => t.CreatedAt).HasDefaultValueSql("now()");

        token.HasIndex(t => t.TokenHash).IsUnique();
    }

    internal static AdminRole Parse(string name) =>
        AdminRoles.TryParse(name, out var role) ? role : throw new InvalidOperationException($"There is no role '{name}'.");
}
