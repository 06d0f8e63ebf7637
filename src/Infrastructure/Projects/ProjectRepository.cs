using CleanGateway.Application.Projects;
using CleanGateway.Domain.Projects;
using CleanGateway.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.Projects;

internal sealed class ProjectRepository(GatewayDbContext context) : IProjectRepository
{
    public void Add(Project project) => context.Projects.Add(project);

    public void Remove(Project project) => context.Projects.Remove(project);

    public Task<Project?> FindAsync(string name, CancellationToken cancellationToken) =>
        context.Projects.SingleOrDefaultAsync(project => project.Name == name, cancellationToken);

    public Task<Project?> FindAsync(ProjectId id, CancellationToken cancellationToken) =>
        context.Projects.SingleOrDefaultAsync(project => project.Id == id, cancellationToken);

    public Task<long> CountKeysAsync(ProjectId id, CancellationToken cancellationToken) =>
        context.ApiKeys.LongCountAsync(key => key.ProjectId == id, cancellationToken);
}
