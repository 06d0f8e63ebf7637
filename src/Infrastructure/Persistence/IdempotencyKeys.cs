using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Security;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.Persistence;

/// <summary>
/// Remembers answers in the transaction that makes what they speak of: either both are there or neither. Who comes with
/// the same key while the first is under way waits for its row, and then has its answer.
/// </summary>
internal sealed class IdempotencyKeys(GatewayDbContext context, EnvelopeCipher cipher, Operation operation, TimeProvider clock) : IIdempotencyKeys
{
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(24);

    public async Task<TResult> OnceAsync<TResult>(IdempotencyKey key, Func<Task<TResult>> work, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var actor = operation.Actor.Id ?? Guid.Empty;
        await context.Set<IdempotencyKeyRow>().Where(row => row.CreatedAt < now - Remembered).ExecuteDeleteAsync(cancellationToken);

        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var isFirst = await context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO idempotency_keys (actor_id, key, fingerprint, created_at) VALUES ({actor}, {key.Value}, {key.Fingerprint}, {now})
            ON CONFLICT DO NOTHING
            """,
            cancellationToken) == 1;
        var rows = context.Set<IdempotencyKeyRow>().Where(row => row.ActorId == actor && row.Key == key.Value);
        if (!isFirst)
            return Replay<TResult>(key, await rows.AsNoTracking().SingleAsync(cancellationToken));

        var result = await work();
        var answer = cipher.Seal(JsonSerializer.Serialize(result), Owner(actor, key));
        await rows.ExecuteUpdateAsync(row => row.SetProperty(r => r.EncryptedAnswer, answer), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    private TResult Replay<TResult>(IdempotencyKey key, IdempotencyKeyRow row)
    {
        if (row.Fingerprint != key.Fingerprint || row.EncryptedAnswer is null)
        {
            throw new GatewayException(new GatewayError(
                GatewayErrorKind.Unprocessable, "idempotency_key_reused",
                "This Idempotency-Key was used for another request: expected a new one for each thing that is made.", "Idempotency-Key"));
        }

        operation.IsReplay = true;
        return JsonSerializer.Deserialize<TResult>(cipher.Open(row.EncryptedAnswer, Owner(row.ActorId, key)))!;
    }

    private static string Owner(Guid actor, IdempotencyKey key) => $"cleangateway answer\n{actor}\n{key.Value}\n{key.Fingerprint}";
}
