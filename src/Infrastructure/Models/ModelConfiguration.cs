using CleanGateway.Domain.Models;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.Models;

internal sealed class ModelConfiguration : IEntityTypeConfiguration<Model>
{
    public void Configure(EntityTypeBuilder<Model> model)
    {
        model.ToTable("models", table =>
        {
            // Also keeps out NaN, which PostgreSQL sorts above every number.
            table.HasCheckConstraint("models_input_cost_per_token_check", "input_cost_per_token BETWEEN 0 AND 1000000");
            table.HasCheckConstraint("models_output_cost_per_token_check", "output_cost_per_token BETWEEN 0 AND 1000000");
            table.HasCheckConstraint("models_upstream_model_check", "upstream_model <> ''");
            foreach (var document in (string[])["prices", "capabilities", "extra"])
                table.HasCheckConstraint($"models_{document}_check", $"jsonb_typeof({document}) = 'object'");
            table.HasConfigurationTriggers();
        });
        model.HasKey(m => m.Id);
        model.HasVersion();
        model.Property(m => m.Id).HasConversion(id => id.Value, value => new ModelId(value)).HasDefaultValueSql("gen_random_uuid()");
        model.Property(m => m.InputCostPerToken).HasColumnType("numeric");
        model.Property(m => m.OutputCostPerToken).HasColumnType("numeric");
        model.Property(m => m.Prices).HasColumnType("jsonb").HasDefaultValueSql("'{}'::jsonb");
        model.Property(m => m.Capabilities).HasColumnType("jsonb").HasDefaultValueSql("'{}'::jsonb");
        model.Property(m => m.Extra).HasColumnType("jsonb").HasDefaultValueSql("'{}'::jsonb");
        model.Property(m => m.Mode).HasDefaultValue("chat");
        model.Property(m => m.DropParams).HasDefaultValue(false);
        model.Property(m => m.CreatedAt).HasDefaultValueSql("now()");
        model.Ignore(m => m.Price);

        model.HasIndex(m => m.ModelName).IsUnique();
    }
}
