using CleanGateway.Application.Secrets;
using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Security;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.Secrets;

/// <summary>What the tables say of the master keys.</summary>
internal static class SecretsReader
{
    /// <summary>Who was heard of in this time is taken to live. Longer than for budgets: here nothing is lost by waiting.</summary>
    public const string LivesWithin = "10 seconds";

    public static async Task<SecretsStatus> ReadAsync(GatewayDbContext context, CancellationToken cancellationToken)
    {
        var known = await context.Set<MasterKeyRow>().AsNoTracking().OrderBy(row => row.Version).ToListAsync(cancellationToken);
        var credentials = await CredentialsByKey.ReadAllAsync(context, cancellationToken);
        var gateways = await context.Set<GatewayInstanceRow>()
            .FromSqlRaw($"SELECT * FROM gateway_instances WHERE seen_at > now() - interval '{LivesWithin}'").AsNoTracking()
            .OrderBy(row => row.Id).ToListAsync(cancellationToken);

        var active = MasterKeyCheck.ActiveOf(known)?.Id;
        var items = known.Select(row => new MasterKeyItem(
            row.Id, row.Version, StateOf(row, active), credentials.GetValueOrDefault(row.Id), row.CreatedAt, row.ActiveAt, row.RetiredAt));
        var strangers = credentials.Where(count => count.Key.Length > 0 && known.TrueForAll(row => row.Id != count.Key))
            .OrderBy(count => count.Key, StringComparer.Ordinal)
            .Select(count => new MasterKeyItem(count.Key, null, MasterKeyState.Unregistered, count.Value, null, null, null));
        return new SecretsStatus(
            [.. items, .. strangers], credentials.GetValueOrDefault(""),
            [.. gateways.Select(row => new GatewayKeys(row.Id, row.SeenAt, row.MasterKeys))]);
    }

    private static MasterKeyState StateOf(MasterKeyRow row, string? active) => row switch
    {
        { RetiredAt: not null } => MasterKeyState.Retired,
        { ActiveAt: null } => MasterKeyState.Pending,
        _ => row.Id == active ? MasterKeyState.Active : MasterKeyState.Old,
    };
}

internal sealed class GetSecretsHandler(GatewayDbContext context) : IRequestHandler<GetSecrets, SecretsStatus>
{
    public Task<SecretsStatus> Handle(GetSecrets query, CancellationToken cancellationToken) => SecretsReader.ReadAsync(context, cancellationToken);
}
