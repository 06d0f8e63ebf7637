namespace CleanGateway.Infrastructure.Configuration;

/// <summary>A setting that cannot be as it is.</summary>
/// <param name="Name">The setting's name, or what was written in its place.</param>
/// <param name="What">What is wrong, beginning with the name; never a secret.</param>
/// <param name="Where">The file and line, or <c>environment</c>.</param>
public sealed record SettingProblem(string Name, string What, string Where)
{
    /// <summary>A line for an operator. The place is named where it is one line among many.</summary>
    public override string ToString() => Where.Contains(", line ", StringComparison.Ordinal) ? $"{What} ({Where})" : What;
}
