using CleanGateway.Domain.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>What EF does not say by itself about a PostgreSQL schema.</summary>
internal static class ModelConventions
{
    /// <summary>Annotation of a table that is partitioned by ranges of one column.</summary>
    public const string PartitionByRange = "CleanGateway:PartitionByRange";

    /// <summary>The table is partitioned by ranges of this column, which every unique key of it must contain.</summary>
    public static EntityTypeBuilder<T> IsPartitionedBy<T>(this EntityTypeBuilder<T> entity, string column) where T : class
    {
        entity.HasAnnotation(PartitionByRange, column);
        return entity;
    }

    /// <summary>PostgreSQL's own number of the row's last change; it is there for rows that were written by hand, too.</summary>
    public static void HasVersion<T>(this EntityTypeBuilder<T> entity) where T : class =>
        entity.Property<uint>("Version").HasColumnName("xmin").HasColumnType("xid").IsRowVersion();

    /// <summary>Names as PostgreSQL would choose them, so that psql shows nothing in quotes.</summary>
    public static void UsePostgresNames(this ModelBuilder model)
    {
        foreach (var entity in model.Model.GetEntityTypes())
        {
            NameColumns(entity);
            var table = StoreObjectIdentifier.Table(entity.GetTableName()!);
            foreach (var key in entity.GetKeys().Where(key => key.IsPrimaryKey()))
                key.SetName($"{table.Name}_pkey");

            foreach (var foreignKey in entity.GetForeignKeys())
                foreignKey.SetConstraintName($"{table.Name}_{Columns(foreignKey.Properties, table)}_fkey");

            foreach (var index in entity.GetIndexes())
                index.SetDatabaseName($"{table.Name}_{Columns(index.Properties, table)}_{(index.IsUnique ? "key" : "idx")}");
        }
    }

    private static void NameColumns(IMutableTypeBase type)
    {
        foreach (var property in type.GetDeclaredProperties())
        {
            // What a configuration has named keeps its name.
            if (property.FindAnnotation(RelationalAnnotationNames.ColumnName) is null)
                property.SetColumnName(property.Name.ToSnakeCase());
        }

        foreach (var complex in type.GetDeclaredComplexProperties())
            NameColumns(complex.ComplexType);
    }

    private static string Columns(IReadOnlyList<IMutableProperty> properties, in StoreObjectIdentifier table)
    {
        var names = new List<string>();
        foreach (var property in properties)
            names.Add(property.GetColumnName(table)!);

        return string.Join('_', names);
    }
}
