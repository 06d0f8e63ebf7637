namespace CleanGateway.UnitTests;

/// <summary>Public data that is not part of the repository: the full catalogue and costs worked out from it.</summary>
internal static class SharedData
{
    /// <returns>The file's path; the test is skipped where there is none.</returns>
    public static string Find(string file)
    {
        var found = TryFind(file);
        Assert.SkipWhen(found is null, $"{file} is not here; CLEANGATEWAY_DATA_DIR says where it is.");
        return found!;
    }

    /// <returns>The file's path; null where there is none.</returns>
    public static string? TryFind(string file) => Folders().Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable("CLEANGATEWAY_DATA_DIR") is { Length: > 0 } told)
            yield return told;

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            yield return Path.Combine(folder.FullName, "shared", "data");
    }
}
