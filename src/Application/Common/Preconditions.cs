using System.Globalization;
using CleanGateway.Domain.Common;

namespace CleanGateway.Application.Common;

/// <summary>Something with an entity tag (RFC 9110, 8.8.3), which is another one after each change.</summary>
public interface ITagged
{
    /// <summary>As it stands in <c>ETag</c>, quotes included.</summary>
    string Etag { get; }
}

/// <summary>What a caller believes to be changing: <c>If-Match</c> of RFC 9110, 13.1.1.</summary>
public sealed class Precondition
{
    private readonly IReadOnlyList<string>? tags;

    private Precondition(IReadOnlyList<string>? tags) => this.tags = tags;

    /// <summary>Whatever it is: <c>If-Match: *</c>.</summary>
    public static Precondition Any { get; } = new(tags: null);

    /// <summary>One of these.</summary>
    public static Precondition Of(IReadOnlyList<string> tags) => new(tags);

    /// <summary>The entity tag of a row.</summary>
    public static string TagOf(uint version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <exception cref="GatewayException">It is none of those.</exception>
    public void Check(uint version)
    {
        if (tags is not null && !tags.Contains(TagOf(version), StringComparer.Ordinal))
            throw new GatewayException(Failed);
    }

    public static GatewayError Failed { get; } = new(
        GatewayErrorKind.PreconditionFailed, "precondition_failed",
        "It was changed since it was read: read it again, and repeat the change with the ETag it has now.", "If-Match");
}
