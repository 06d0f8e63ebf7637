using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;

namespace CleanGateway.Application.Common;

/// <summary>
/// Who is at work in this scope, and on what. Set by whoever takes the request in; read where rights are checked and
/// where the audit log is written.
/// </summary>
public sealed class Operation
{
    public Actor Actor { get; set; } = Actor.Nobody;

    /// <summary>The message that is being handled, in snake case: <c>issue_api_key</c>.</summary>
    public string Action { get; set; } = "";

    /// <summary>The HTTP request it belongs to; null outside of one.</summary>
    public string? RequestId { get; set; }

    /// <summary>Why, where the operator has to say so.</summary>
    public string? Reason { get; set; }

    /// <summary>What makes a repeated request known as such; null: it is not to be.</summary>
    public IdempotencyKey? IdempotencyKey { get; set; }

    /// <summary>The answer is that of an earlier request with the same <see cref="IdempotencyKey"/>.</summary>
    public bool IsReplay { get; set; }

    /// <summary>What was wrong with the request before there was a message; told together with what its validators find.</summary>
    public IReadOnlyList<GatewayError> Findings { get; set; } = [];
}

/// <summary>Who does something.</summary>
/// <param name="Id">Of the admin token; null for everyone else.</param>
/// <param name="Role">What they may do.</param>
/// <param name="Address">The IP address the request came from; null where there is none.</param>
public sealed record Actor(ActorKind Kind, Guid? Id, string Name, AdminRole Role, string? Address = null)
{
    /// <summary>Whoever has not been asked who they are. May nothing that needs a role.</summary>
    public static Actor Nobody { get; } = new(ActorKind.Nobody, null, "nobody", AdminRole.Viewer);

    /// <summary>The gateway by itself, for example at its first start.</summary>
    public static Actor Gateway { get; } = new(ActorKind.Gateway, null, "gateway", AdminRole.Owner);

    /// <exception cref="GatewayException">The role does not reach for it.</exception>
    public void Need(AdminRole role, string forWhat, string? param = null)
    {
        if (Role < role)
        {
            throw new GatewayException(new GatewayError(
                GatewayErrorKind.Forbidden, "role_required", $"{forWhat} needs the role {role.Name()}; this admin token has {Role.Name()}.", param));
        }
    }
}

public enum ActorKind
{
    Nobody,
    Gateway,

    /// <summary>Somebody on the gateway's machine, who has the database's password anyway.</summary>
    CommandLine,
    AdminToken,
}

/// <param name="Value">As the caller wrote it; <c>Idempotency-Key</c> of the IETF's draft of that name.</param>
/// <param name="Fingerprint">Tells requests with the same key and another content apart.</param>
public sealed record IdempotencyKey(string Value, string Fingerprint)
{
    public const int MaxLength = 255;
}
