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
    /// <summary>How long an answer is kept.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromHours(24);

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
        var answer = cipher.Seal(
            JsonSerializer.Serialize(result), OwnerOf(new IdempotencyKeyRow { ActorId = actor, Key = key.Value, Fingerprint = key.Fingerprint }));
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
        return JsonSerializer.Deserialize<TResult>(cipher.Open(row.EncryptedAnswer, OwnerOf(row)))!;
    }

    /// <summary>What the answer in a row belongs to.</summary>
    public static string OwnerOf(IdempotencyKeyRow row) => $"cleangateway answer\n{row.ActorId}\n{row.Key}\n{row.Fingerprint}";
}
