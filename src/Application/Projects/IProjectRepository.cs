using CleanGateway.Domain.Projects;

namespace CleanGateway.Application.Projects;

public interface IProjectRepository
{
    void Add(Project project);

    void Remove(Project project);

    /// <returns>The project of exactly this name, or null.</returns>
    Task<Project?> FindAsync(string name, CancellationToken cancellationToken);

    Task<Project?> FindAsync(ProjectId id, CancellationToken cancellationToken);

    /// <returns>How many API keys belong to it.</returns>
    Task<long> CountKeysAsync(ProjectId id, CancellationToken cancellationToken);
}
