using Microsoft.Extensions.Logging;

namespace CleanGateway.Infrastructure.ProviderAdapters.Credentials;

/// <summary>Where access tokens come from.</summary>
internal interface IAccessTokenSource
{
    /// <summary>A new token, never one that was handed out before and is about to expire.</summary>
    /// <exception cref="UpstreamCredentialException">There is none; the message says why, without secrets.</exception>
    Task<AccessToken> RequestAsync(CancellationToken cancellationToken);
}

/// <param name="RefreshAt">When its issuer wants to be asked for the next; null when it does not say.</param>
internal sealed record AccessToken(string Value, DateTimeOffset ExpiresAt, DateTimeOffset? RefreshAt = null)
{
    public override string ToString() => $"*** until {ExpiresAt:O}";
}

/// <summary>
/// The provider's access token. However many calls want one, one request is on its way; and the next token is fetched
/// while the present one still serves, so that no call waits for it.
/// </summary>
internal sealed partial class AccessTokenCache(IAccessTokenSource source, string provider, TimeProvider clock, ILogger logger)
{
    /// <summary>Before it expires; or after half of its life, if that is shorter than twice this.</summary>
    private static readonly TimeSpan RefreshBefore = TimeSpan.FromMinutes(5);

    /// <summary>The upstream's clock may be ahead, and the call takes its time to get there.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Between two attempts while the present token still serves.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private Held? held;
    private Task<Answer>? request;
    private DateTimeOffset pausedUntil;

    /// <exception cref="UpstreamCredentialException">None could be had.</exception>
    public ValueTask<string> GetAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        lock (gate)
        {
            if (held is null || now >= held.Token.ExpiresAt - Margin)
                return new ValueTask<string>(WaitAsync(request ??= Task.Run(RequestAsync, CancellationToken.None), cancellationToken));

            if (now >= held.RefreshAt && now >= pausedUntil)
                request ??= Task.Run(RequestAsync, CancellationToken.None);

            return new ValueTask<string>(held.Token.Value);
        }
    }

    /// <summary>The upstream does not accept this token, whatever its time.</summary>
    public void Forget(string token)
    {
        lock (gate)
        {
            if (held?.Token.Value == token)
                held = null;
        }
    }

    // The request belongs to everybody who waits: one of them leaving does not end it.
    private static async Task<string> WaitAsync(Task<Answer> request, CancellationToken cancellationToken)
    {
        var answer = await request.WaitAsync(cancellationToken);
        return answer.Token?.Value ?? throw new UpstreamCredentialException(answer.Failure!);
    }

    private async Task<Answer> RequestAsync()
    {
        var answer = await AskAsync();
        var now = clock.GetUtcNow();
        lock (gate)
        {
            request = null;
            if (answer.Token is { } token)
                held = new Held(token, RefreshTime(token, now));
            else
                pausedUntil = now + Pause;
        }

        if (answer.Failure is { } failure)
            LogFailed(provider, failure);

        return answer;
    }

    private async Task<Answer> AskAsync()
    {
        using var deadline = new CancellationTokenSource(RequestTimeout, clock);
        try
        {
            var token = await source.RequestAsync(deadline.Token).WaitAsync(deadline.Token);
            return token.Value.Length > 0 && token.Value.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0
                ? new Answer(token, null)
                : new Answer(null, "the token that was given is none that a header can carry");
        }
        catch (UpstreamCredentialException refused)
        {
            return new Answer(null, refused.Message);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return new Answer(null, FormattableString.Invariant($"no token came within {RequestTimeout.TotalSeconds} s"));
        }
        catch (Exception failure)
        {
            // Whatever else a vendor's library throws may quote what was sent; its kind has to do.
            return new Answer(null, $"no token could be got: {failure.GetType().Name}, {failure.GetBaseException().GetType().Name}");
        }
    }

    private static DateTimeOffset RefreshTime(AccessToken token, DateTimeOffset now)
    {
        var life = token.ExpiresAt - now;
        var usual = life > 2 * RefreshBefore ? token.ExpiresAt - RefreshBefore : now + (life / 2);
        return token.RefreshAt < usual ? token.RefreshAt.Value : usual;
    }

    [LoggerMessage(LogLevel.Warning, "Provider {Provider}: {Failure}")]
    private partial void LogFailed(string provider, string failure);

    private sealed record Held(AccessToken Token, DateTimeOffset RefreshAt);

    private sealed record Answer(AccessToken? Token, string? Failure);
}
