using System.Diagnostics.CodeAnalysis;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>A name that the environment, a <c>.env</c> file or a <c>config.yaml</c> may set.</summary>
/// <param name="Default">What holds when it is not set, as one would write it; null for nothing.</param>
/// <param name="Allowed">What values there are, in words that complete "expected …".</param>
/// <param name="Meaning">In Markdown, with links as from <c>docs/configuration.md</c>, whose table is made of these.</param>
/// <param name="IsSecret">The value is never shown, not even a wrong one.</param>
internal abstract record Setting(string Name, string? Default, string Allowed, string Meaning, bool IsSecret)
{
    /// <summary>Values of it may be several, separated by commas: in a <c>config.yaml</c> they may be a list.</summary>
    public bool IsList { get; init; }
}

/// <summary>A setting and how to read it.</summary>
internal sealed record Setting<T>(string Name, string? Default, string Allowed, string Meaning, TryParse<T> TryParse, bool IsSecret = false)
    : Setting(Name, Default, Allowed, Meaning, IsSecret)
{
    /// <summary>What is wrong with a value, in words that complete "… is"; without any secret in it.</summary>
    public Func<string, string>? Explain { get; init; }
}

internal delegate bool TryParse<T>(string text, [MaybeNullWhen(false)] out T value);
