namespace CleanGateway.UnitTests.Golden;

/// <summary>
/// What providers are told and what they answer, and what callers say and are told: written by hand, a folder for each
/// language. Files of one name belong together.
/// </summary>
internal static class GoldenFiles
{
    private static string Root => Path.Combine(AppContext.BaseDirectory, "Golden");

    /// <summary>The names of all that have such a file.</summary>
    public static TheoryData<string> Names(string folder, string ending)
    {
        var names = Directory.GetFiles(Path.Combine(Root, folder), $"*{ending}").Select(file => Path.GetFileName(file)[..^ending.Length]);
        return new TheoryData<string>(names.Order(StringComparer.Ordinal));
    }

    public static string Read(string folder, string file) => File.ReadAllText(Path.Combine(Root, folder, file));
}
