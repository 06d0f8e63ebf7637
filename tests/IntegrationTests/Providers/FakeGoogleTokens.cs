using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CleanGateway.IntegrationTests.Fixtures;
using static CleanGateway.IntegrationTests.Providers.JsonReading;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>
/// Google's token endpoint: takes what a service account has signed (RFC 7523) and mints access tokens for it. The account
/// is made up anew for each of these.
/// </summary>
internal sealed class FakeGoogleTokens : IAsyncDisposable
{
    public const string Account = "gateway@a-project.iam.gserviceaccount.com";
    public const string Scope = "https://www.googleapis.com/auth/cloud-platform";
    private const string KeyId = "4a2f8c0de1";
    private const string GooglesOwn = "https://oauth2.googleapis.com/token";
    private static readonly TimeSpan LongestAssertion = TimeSpan.FromHours(1);
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    private readonly FakeUpstream server = new();
    private readonly RSA key = RSA.Create(2048);
    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<string, DateTimeOffset> minted = new(StringComparer.Ordinal);

    public FakeGoogleTokens(TimeProvider? time = null)
    {
        this.time = time ?? TimeProvider.System;
        server.Answer = ServeAsync;
    }

    /// <summary>How long tokens that are minted from now on are good.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromSeconds(3599);

    public Uri Url => new($"http://127.0.0.1:{server.Port}/token");

    /// <summary>What is done with each request; it mints at first.</summary>
    public Func<UpstreamCall, Task> Answer
    {
        get => server.Answer;
        set => server.Answer = value;
    }

    public IReadOnlyList<UpstreamRequest> Requests => server.Requests;

    /// <summary>The newest last.</summary>
    public IReadOnlyList<string> Minted => [.. minted.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The file that Google hands out for the account.</summary>
    public string ServiceAccountJson => ToJson(new
    {
        type = "service_account",
        project_id = FakeVertex.Project,
        private_key_id = KeyId,
        private_key = key.ExportPkcs8PrivateKeyPem() + "\n",
        client_email = Account,
        client_id = "103000000000000000001",
        auth_uri = "https://accounts.google.com/o/oauth2/auth",
        token_uri = Url.AbsoluteUri,
        universe_domain = "googleapis.com",
    });

    /// <summary>Whether it has minted this, not too long ago.</summary>
    public bool IsGood(string token) => minted.TryGetValue(token, out var until) && time.GetUtcNow() < until;

    /// <summary>A token without the detour of asking for it.</summary>
    public string Mint()
    {
        var token = string.Create(
            CultureInfo.InvariantCulture, $"ya29.c.{minted.Count:d4}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}");
        minted[token] = time.GetUtcNow() + Lifetime;
        return token;
    }

    /// <summary>No token that there is is good any more.</summary>
    public void Revoke()
    {
        foreach (var token in minted.Keys)
            minted[token] = DateTimeOffset.MinValue;
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        key.Dispose();
    }

    public async Task ServeAsync(UpstreamCall call)
    {
        var form = call.Request.Body.Split('&').Select(pair => pair.Split('=', 2)).Where(pair => pair.Length == 2)
            .ToDictionary(pair => WebUtility.UrlDecode(pair[0]), pair => WebUtility.UrlDecode(pair[1]), StringComparer.Ordinal);
        if (WhatIsWrong(call.Request, form) is var (error, description))
        {
            await call.RespondAsync(400, ToJson(new { error, error_description = description }));
            return;
        }

        await call.RespondAsync(200, ToJson(new { access_token = Mint(), expires_in = (int)Lifetime.TotalSeconds, token_type = "Bearer" }));
    }

    private (string Error, string Description)? WhatIsWrong(UpstreamRequest request, Dictionary<string, string> form)
    {
        if (request.Method != "POST" || request.Path != "/token")
            return ("invalid_request", "Not a token endpoint.");
        if (form.GetValueOrDefault("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer")
            return ("unsupported_grant_type", $"Invalid grant_type: {form.GetValueOrDefault("grant_type")}");
        if (form.GetValueOrDefault("assertion")?.Split('.') is not [var head, var claims, var signature])
            return ("invalid_grant", "Bad Request");

        var header = Decode(head);
        if (header.Text("alg") != "RS256" || header.Text("kid") is not (null or KeyId))
            return ("invalid_grant", "Invalid JWT Signature.");
        if (!key.VerifyData(Encoding.ASCII.GetBytes($"{head}.{claims}"), Bytes(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
            return ("invalid_grant", "Invalid JWT Signature.");

        return WhatIsWrong(Decode(claims));
    }

    private (string Error, string Description)? WhatIsWrong(JsonElement claims)
    {
        var now = time.GetUtcNow();
        var issued = DateTimeOffset.FromUnixTimeSeconds((long)(claims.Number("iat") ?? 0));
        var expires = DateTimeOffset.FromUnixTimeSeconds((long)(claims.Number("exp") ?? 0));
        if (claims.Text("iss") != Account)
            return ("invalid_grant", "Invalid grant: account not found");
        if (claims.Text("aud") is not GooglesOwn && claims.Text("aud") != Url.AbsoluteUri)
            return ("invalid_grant", $"Invalid JWT: Failed audience check. The right audience is {Url.AbsoluteUri}");
        if (issued > now + Skew || expires < now || expires - issued > LongestAssertion)
            return ("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat "
            + "and exp values in the JWT claim.");

        return claims.Text("scope")?.Split(' ').Contains(Scope) == true ? null : ("invalid_scope", "Empty or missing scope not allowed.");
    }

    private static JsonElement Decode(string part) => Parsed(Encoding.UTF8.GetString(Bytes(part)));

    private static byte[] Bytes(string part) => System.Buffers.Text.Base64Url.DecodeFromChars(part);
}
