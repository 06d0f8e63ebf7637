using CleanGateway.Domain.Projects;

namespace CleanGateway.Application.Projects;

public interface IProjectRepository
{
    void Add(Project project);

    /// <returns>The project of exactly this name, or null.</returns>
    Task<Project?> FindAsync(string name, CancellationToken cancellationToken);
}
