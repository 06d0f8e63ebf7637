using CleanGateway.Application.AdminTokens;
using CleanGateway.Application.ApiKeys;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Common;
using MediatR;

namespace CleanGateway.Application.FirstStart;

/// <summary>
/// Gives an empty installation what its first minutes need: an admin token, and a key for the built-in echo model. An
/// installation that has any of them is left alone, so what an operator deletes stays deleted. The caller holds the
/// start lock: replicas that start together must not each make their own.
/// </summary>
public sealed record PrepareFirstStart : ICommand<FirstSecrets>;

/// <summary>What was made just now; null what was there before.</summary>
public sealed record FirstSecrets(SecretFile? AdminToken, SecretFile? DemoKey);

public sealed record SecretFile(string Path, string Secret)
{
    public override string ToString() => Path;
}

/// <summary>Keeps secrets in files that only the gateway's user can read.</summary>
public interface ISecretFiles
{
    /// <summary>The secret in the file of that name; made with <paramref name="create"/> where there is none.</summary>
    Task<SecretFile> ReadOrCreateAsync(string name, Func<string> create, CancellationToken cancellationToken);
}

internal sealed class PrepareFirstStartHandler(
    IAdminTokenRepository tokens, IApiKeyRepository keys, ISecretFiles files, IUnitOfWork unitOfWork, Operation operation, TimeProvider clock)
    : IRequestHandler<PrepareFirstStart, FirstSecrets>
{
    public async Task<FirstSecrets> Handle(PrepareFirstStart command, CancellationToken cancellationToken)
    {
        operation.Actor = Actor.Gateway;
        var now = clock.GetUtcNow();
        SecretFile? token = null;
        SecretFile? key = null;

        // The file first: a secret whose hash is stored and which nobody can read would help no one, while a file
        // without its row is simply used at the next start.
        if (!await tokens.WasEverAnyAsync(cancellationToken))
        {
            token = await files.ReadOrCreateAsync("admin.token", () => Secret.Generate(Secret.AdminTokenPrefix), cancellationToken);
            tokens.Add(AdminToken.Issue("first start", token.Secret, AdminRole.Owner, now));
        }

        // A key that an operator deletes stays deleted: only a first start makes one.
        if (token is not null && !await keys.AnyAsync(cancellationToken))
        {
            key = await files.ReadOrCreateAsync("demo.key", () => Secret.Generate(Secret.ApiKeyPrefix), cancellationToken);
            keys.Add(ApiKey.Issue("demo", key.Secret, now, new KeyLimits { AllowedModels = ["echo"] }));
        }

        if (token is not null)
            await unitOfWork.SaveChangesAsync(cancellationToken);

        return new FirstSecrets(token, key);
    }
}
