using System.Security.Cryptography;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.AuditLog;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;

namespace CleanGateway.Infrastructure.AuditLog;

/// <summary>Says what the audit log has to say of changes, so that no use case can forget to.</summary>
internal sealed class AuditTrail(Operation operation, TimeProvider clock)
{
    private static readonly Dictionary<Type, (string Word, string NameProperty)> Audited = new()
    {
        [typeof(ApiKey)] = ("api_key", nameof(ApiKey.Name)),
        [typeof(AdminToken)] = ("admin_token", nameof(AdminToken.Name)),
        [typeof(Project)] = ("project", nameof(Project.Name)),
        [typeof(Provider)] = ("provider", nameof(Provider.Name)),
        [typeof(Model)] = ("model", nameof(Model.ModelName)),
        [typeof(ModelAlias)] = ("model_alias", nameof(ModelAlias.Alias)),
    };

    /// <summary>An entry for each row that is about to be written.</summary>
    public IReadOnlyList<AuditEntry> Of(ChangeTracker changes) =>
    [
        .. changes.Entries()
            .Where(entry => Audited.ContainsKey(entry.Metadata.ClrType) && entry.State is EntityState.Added or EntityState.Modified or EntityState.Deleted)
            .Select(entry => Of(Describe(entry))),
    ];

    /// <summary>An entry for a change that was made in another way.</summary>
    public AuditEntry Of(AuditedChange change)
    {
        var actor = operation.Actor;
        var by = new AuditedBy(
            actor.Kind.ToSnakeCase(), actor.Id, actor.Name, actor.Address, operation.RequestId, operation.Action, operation.Reason);
        return AuditEntry.Record(by, change, clock.GetUtcNow());
    }

    /// <summary>The hash of a row of which one column alone is looked at, as of rows that are written by <see cref="UnitOfWork"/>.</summary>
    public static string HashOf<T>(string column, T value) =>
        HashOf(new SortedDictionary<string, string>(StringComparer.Ordinal) { [column] = JsonSerializer.Serialize(value) });

    private static AuditedChange Describe(EntityEntry entry)
    {
        var (word, nameProperty) = Audited[entry.Metadata.ClrType];
        var before = entry.State == EntityState.Added ? null : ColumnsOf(entry.OriginalValues);
        var after = entry.State == EntityState.Deleted ? null : ColumnsOf(entry.CurrentValues);
        var changed = (after ?? before)!.Keys.Where(column => before is null || after is null || before[column] != after[column]);
        var id = entry.Property("Id");
        return new AuditedChange(
            word, ProviderValue(id.Metadata, id.CurrentValue)?.ToString(), (string?)entry.Property(nameProperty).CurrentValue, [.. changed],
            before is null ? null : HashOf(before), after is null ? null : HashOf(after));
    }

    /// <summary>Each column's value as JSON, in order of the names; not what the database itself changes.</summary>
    private static SortedDictionary<string, string> ColumnsOf(PropertyValues values) => new(
        values.Properties.Where(property => !property.IsConcurrencyToken).ToDictionary(
            property => property.GetColumnName(),
            property => JsonSerializer.Serialize(ProviderValue(property, values[property]))),
        StringComparer.Ordinal);

    private static object? ProviderValue(IReadOnlyProperty property, object? value) =>
        property.GetValueConverter() is { } converter ? converter.ConvertToProvider(value) : value;

    private static string HashOf(SortedDictionary<string, string> columns) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(columns)));
}
